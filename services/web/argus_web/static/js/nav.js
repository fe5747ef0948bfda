// Links that do not fit into the bar move into the menu at its end, the last one first, and come back with the room.
export function roomFor(nav) {
  const links = nav.querySelector(".nav-links");
  const more = nav.querySelector(".nav-more");
  const body = more.querySelector(".menu-body");
  const always = body.children.length > 0;

  function arrange() {
    links.append(...body.querySelectorAll("[data-moved]"));
    more.hidden = !always;
    // The search makes room first, the links by a fraction of a pixel with it.
    while (links.scrollWidth > links.clientWidth + 1 && links.children.length > 1) {
      more.hidden = false;
      links.lastElementChild.dataset.moved = "";
      body.prepend(links.lastElementChild);
    }
  }
  new ResizeObserver(arrange).observe(nav.parentElement);
}
