({
  // Every text of the page that the product says, seen or heard; not what people wrote, nor names of languages.
  texts() {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const texts = new Set();
    for (let node = walker.nextNode(); node; node = walker.nextNode())
      if (!node.parentElement.closest("script, template, noscript, .said, [lang]:not(html)")) texts.add(node.data);
    for (const node of document.querySelectorAll("[aria-label], [title], [placeholder]"))
      if (!node.closest("[lang]:not(html)"))
        for (const name of ["aria-label", "title", "placeholder"]) texts.add(node.getAttribute(name) ?? "");
    texts.add(document.title.split(" · ")[0]);
    return [...texts].map((text) => text.replace(/\s+/g, " ").trim()).filter(Boolean);
  },

  // What is wrong with a page whatever it says.
  faults() {
    const found = [];
    const shown = (node) => node.checkVisibility({ visibilityProperty: true });
    const named = (node) => node.outerHTML.slice(0, 120);
    const root = document.documentElement;
    const wider = [...document.querySelectorAll("body *")].filter((node) => {
      const box = node.getBoundingClientRect();
      return shown(node) && box.right > root.clientWidth + 1 && !node.closest(".visually-hidden, .skip, svg");
    });
    if (root.scrollWidth > root.clientWidth) found.push(`wider than the window: ${wider.slice(0, 3).map(named)}`);
    const ids = [...document.querySelectorAll("[id]")].map((node) => node.id);
    for (const id of new Set(ids.filter((id, n) => ids.indexOf(id) !== n))) found.push(`twice: #${id}`);
    for (const attribute of ["for", "aria-labelledby", "aria-describedby"])
      for (const node of document.querySelectorAll(`[${attribute}]`))
        for (const id of node.getAttribute(attribute).split(" "))
          if (!document.getElementById(id)) found.push(`${attribute} of nothing: ${named(node)}`);
    for (const field of document.querySelectorAll("input:not([type=hidden]):not([aria-hidden]), textarea, select"))
      if (![...(field.labels ?? [])].some((label) => label.textContent.trim()) && !field.ariaLabel)
        found.push(`no label: ${named(field)}`);
    for (const node of document.querySelectorAll("button, a[href], summary"))
      if (!node.textContent.trim() && !node.ariaLabel) found.push(`no name: ${named(node)}`);
    // WCAG 2.5.3: who speaks to the page says what they read.
    for (const node of document.querySelectorAll("button[aria-label], a[aria-label], summary[aria-label]"))
      if (shown(node) && !node.ariaLabel.toLowerCase().includes(node.innerText.trim().toLowerCase()))
        found.push(`called otherwise than it reads: ${named(node)}`);
    for (const image of document.querySelectorAll("img:not([alt])")) found.push(`no alt: ${named(image)}`);
    const heads = [...document.querySelectorAll("h1")].filter(shown).length;
    if (heads !== 1) found.push(`${heads} first headings`);
    if (document.querySelectorAll("main").length !== 1) found.push("not one main");
    if (!document.title.trim()) found.push("no title");
    return found;
  },

  // WCAG 1.4.3: text against what is painted behind it. Gradients and pictures are left to the eye.
  faint() {
    const dot = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
    const pen = dot.getContext("2d", { willReadFrequently: true });
    const known = new Map();
    const rgba = (colour) => {
      if (!known.has(colour)) {
        pen.clearRect(0, 0, 1, 1);
        pen.fillStyle = colour;
        pen.fillRect(0, 0, 1, 1);
        const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
        known.set(colour, [r, g, b, a / 255]);
      }
      return known.get(colour);
    };
    const over = ([r, g, b, a], under) => [r, g, b].map((part, n) => part * a + under[n] * (1 - a));
    const light = (colour) => {
      const [r, g, b] = colour.map((part) => (part /= 255) <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = (node) => {
      const layers = [];
      for (let one = node; one; one = one.parentElement) {
        const style = getComputedStyle(one);
        if (style.backgroundImage !== "none") return null;
        const layer = rgba(style.backgroundColor);
        if (layer[3]) layers.unshift(layer);
        if (layer[3] === 1) break;
      }
      return layers.reduce((under, layer) => over(layer, under), rgba("Canvas").slice(0, 3));
    };
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let text = walker.nextNode(); text; text = walker.nextNode()) {
      const node = text.parentElement;
      const off = "script, template, noscript, svg, .visually-hidden, .skip, [aria-hidden=true], :disabled";
      const shown = node.checkVisibility({ visibilityProperty: true, opacityProperty: true });
      if (!text.data.trim() || node.closest(off) || !shown) continue;
      const under = behind(node);
      if (!under) continue;
      const style = getComputedStyle(node);
      const [ink, paper] = [light(over(rgba(style.color), under)), light(under)];
      const contrast = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
      const size = parseFloat(style.fontSize);
      const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
      if (contrast < (large ? 3 : 4.5)) found.push(`faint (${contrast.toFixed(2)}): ${text.data.trim().slice(0, 40)}`);
    }
    return [...new Set(found)];
  },
})
