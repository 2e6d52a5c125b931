// What is hidden, in words: before a message is sent, as far as a glance at it tells, and after. Nothing typed leaves
// the browser for this, and nothing depends on it: what is hidden is decided where the message is kept.

const EMAIL = /[^\s@]@[^\s@]+\.[a-z]{2,}/i;
const IBAN = /\b[a-z]{2}\d{2}(?: ?[a-z0-9]{4}){3,7}(?: ?[a-z0-9]{1,3})?\b/i;
const DIGITS = /\+?\d(?:[ .\-/()]{0,3}\d){6,}/g;
const LATER = 400; // after the last key: whoever types is not spoken to

export function hiddenIn(text) {
  const kinds = new Set();
  if (EMAIL.test(text)) kinds.add("email");
  if (IBAN.test(text)) kinds.add("iban");
  else for (const [digits] of text.matchAll(DIGITS)) kinds.add(isCard(digits.replace(/\D/g, "")) ? "card" : "phone");
  return [...kinds];
}

// The line holds a sentence for one kind and one for many, and the words for each kind.
export function sentence(line, kinds) {
  const names = kinds.map((kind) => line.dataset[kind] ?? line.dataset.known);
  const list = new Intl.ListFormat(document.documentElement.lang).format(new Set(names));
  const told = (kinds.length === 1 ? line.dataset.one : line.dataset.many).replace("{kinds}", list);
  return told.charAt(0).toUpperCase() + told.slice(1);
}

export function watch(area, line) {
  let timer;
  const tell = () => {
    const kinds = hiddenIn(area.value).filter((kind) => kind in line.dataset); // others the brand shows to experts
    const told = kinds.length ? sentence(line, kinds) : "";
    if (line.textContent !== told) line.textContent = told;
    line.hidden = !told;
  };
  area.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(tell, area.value ? LATER : 0); });
  tell();
}

function isCard(digits) {
  if (digits.length < 13 || digits.length > 19) return false;
  const sum = [...digits].reverse().reduce((total, digit, at) => total + (at % 2 ? [0, 2, 4, 6, 8, 1, 3, 5, 7, 9][digit] : Number(digit)), 0);
  return sum % 10 === 0;
}
