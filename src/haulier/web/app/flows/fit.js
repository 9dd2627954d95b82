// Text that fits: measured as the browser draws it, and cut with an ellipsis.
const known = new Map();
let pen = null, family = "";

function widthOf(text, size, weight) {
  pen ??= document.createElement("canvas").getContext("2d");
  family ||= getComputedStyle(document.body).fontFamily;
  pen.font = `${weight} ${size}px ${family}`;
  return pen.measureText(text).width;
}

/** The text, or as many of its first words as there is room for. */
export function fitted(text, room, size = 13, weight = 600) {
  if (text.length * size <= room) return text;      // no letter is wider than it is high
  const name = `${room} ${size} ${weight} ${text}`;
  if (known.has(name)) return known.get(name);
  let few = 0, many = text.length;
  const fits = (length) => widthOf(length < text.length ? `${text.slice(0, length).trimEnd()}…` : text, size, weight) <= room;
  if (!fits(many)) {
    while (many - few > 1) {
      const middle = (few + many) >> 1;
      if (fits(middle)) few = middle;
      else many = middle;
    }
  } else few = many;
  const cut = few < text.length ? `${text.slice(0, few).replace(/(?<=\S)\s+\S*$/, "")}…` : text;
  if (known.size > 5000) known.clear();
  known.set(name, cut);
  return cut;
}
