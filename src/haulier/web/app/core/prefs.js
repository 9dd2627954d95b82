// What this reader likes: theme, density, single-letter keys. Kept in this browser only.
const root = document.documentElement;

const isDark = () => getComputedStyle(root).colorScheme === "dark"
  || (!root.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);

export const theme = () => root.dataset.theme ?? "auto";
export const density = () => root.dataset.density ?? "comfortable";
export const hasKeys = () => localStorage.getItem("haulier.keys") !== "off";

/** `light`, `dark` or `auto` */
export const setTheme = (value) => keep("theme", value === "auto" ? "" : value);
export const setDensity = (value) => keep("density", value === "comfortable" ? "" : value);
export const setKeys = (on) => (on ? localStorage.removeItem("haulier.keys") : localStorage.setItem("haulier.keys", "off"));

export const turnTheme = () => setTheme(isDark() ? "light" : "dark");
export const turnDensity = () => setDensity(density() === "compact" ? "comfortable" : "compact");

function keep(name, value) {
  if (value) {
    root.dataset[name] = value;
    localStorage.setItem(`haulier.${name}`, value);
  } else {
    delete root.dataset[name];
    localStorage.removeItem(`haulier.${name}`);
  }
  dispatchEvent(new CustomEvent("haulier-look"));
}
