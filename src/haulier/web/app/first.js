// Before anything is painted: the reader's theme and density, so that nothing flashes.
for (const name of ["theme", "density"]) {
  const kept = localStorage.getItem(`haulier.${name}`);
  if (kept) document.documentElement.dataset[name] = kept;
}
