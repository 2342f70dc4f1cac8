// Copies what stands beside a button; works without, by hand.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  const said = button.textContent;
  button.textContent = button.dataset.done;
  setTimeout(() => { button.textContent = said; }, 1500);
});
// Prints the sheet it stands on.
document.addEventListener("click", (event) => { if (event.target.closest("[data-print]")) window.print(); });
// A dangerous button asks once.
document.addEventListener("submit", (event) => {
  const words = event.submitter && event.submitter.dataset.sure;
  if (words && !window.confirm(words)) event.preventDefault();
});
