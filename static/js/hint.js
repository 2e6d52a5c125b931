// What is hidden, in words: before a message is sent, as far as a glance at it tells, and after. Nothing typed leaves
// the browser for this, and nothing depends on it: what is hidden is decided where the message is kept.

const LATER = 400; // after the last key: whoever types is not spoken to
const CHECKS = { luhn, mod97, mod23 };

// The server tells what to look for, and which sum its digits must pass (chatmarket/privacy/glances.py).
function glances(line) {
  return JSON.parse(line.dataset.glances ?? "[]").map(([kind, pattern, check]) => ({ kind, pattern: new RegExp(pattern, "gi"), check: CHECKS[check] }));
}

export function hiddenIn(text, looks) {
  const kinds = new Set();
  for (const { kind, pattern, check } of looks)
    text = text.replace(pattern, (found) => {
      if (check && !check(found.replace(/[^a-z0-9]/gi, "").toUpperCase())) return found;
      kinds.add(kind);
      return " ".repeat(found.length);
    });
  return [...kinds];
}

// The line holds a sentence for one kind and one for many, and the words for each kind.
export function sentence(line, kinds) {
  const names = new Set(kinds.map((kind) => line.dataset[kind] ?? line.dataset.known));
  const list = new Intl.ListFormat(document.documentElement.lang).format(names);
  const told = (names.size === 1 ? line.dataset.one : line.dataset.many).replace("{kinds}", list);
  return told.charAt(0).toUpperCase() + told.slice(1);
}

export function watch(area, line) {
  const looks = glances(line);
  let timer;
  const tell = () => {
    const kinds = hiddenIn(area.value, looks).filter((kind) => kind in line.dataset); // others the brand shows to experts
    const told = kinds.length ? sentence(line, kinds) : "";
    if (line.textContent !== told) line.textContent = told;
    line.hidden = !told;
  };
  area.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(tell, area.value ? LATER : 0); });
  tell();
}

function luhn(digits) {
  const sum = [...digits].reverse().reduce((total, digit, at) => total + (at % 2 ? [0, 2, 4, 6, 8, 1, 3, 5, 7, 9][digit] : Number(digit)), 0);
  return sum % 10 === 0;
}

// ISO 13616: letters count from ten, the first four characters stand last.
function mod97(iban) {
  return [...iban.slice(4) + iban.slice(0, 4)].reduce((rest, sign) => Number(`${rest}${parseInt(sign, 36)}`) % 97, 0) === 1;
}

function mod23(number) {
  const digits = number.slice(0, -1).replace(/^[XYZ]/, (letter) => "XYZ".indexOf(letter));
  return "TRWAGMYFPDXBNJZSQVHLCKE"[digits % 23] === number.at(-1);
}
