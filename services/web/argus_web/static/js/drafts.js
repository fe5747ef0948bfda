// Keeps an unsent note for as long as its tab lives: a session that ends meanwhile must not cost it. What was sent is
// forgotten once the page that follows says that it arrived, whichever page that is.
const SENT = "draft-sent";
const sent = sessionStorage.getItem(SENT);
sessionStorage.removeItem(SENT);
if (sent && document.querySelector(".message-draft-done")) sessionStorage.removeItem(sent);

for (const place of document.querySelectorAll("[data-draft]")) {
  const key = `draft:${place.dataset.draft}`;
  const field = place.querySelector("textarea:not([readonly])");
  if (!field) continue;
  if (!field.value) field.value = sessionStorage.getItem(key) ?? "";
  field.addEventListener("input", () => sessionStorage.setItem(key, field.value));
  field.form?.addEventListener("submit", () => sessionStorage.setItem(SENT, key));
}
