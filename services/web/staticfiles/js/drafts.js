// Keeps an unsent note for as long as its tab lives: a session that ends meanwhile must not cost it.
for (const place of document.querySelectorAll("[data-draft]")) {
  const key = `draft:${place.dataset.draft}`;
  if (document.querySelector(".message-draft-done")) sessionStorage.removeItem(key);
  const field = place.querySelector("textarea:not([readonly])");
  if (!field) continue;
  if (!field.value) field.value = sessionStorage.getItem(key) ?? "";
  field.addEventListener("input", () => sessionStorage.setItem(key, field.value));
}
