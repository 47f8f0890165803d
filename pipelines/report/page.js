"use strict";
// Everything can be read without this: it only filters the lists and opens the first entry of one.
const find = document.getElementById("find");
const shop = document.getElementById("shop");
const views = ["orders", "people"].map((name) => document.getElementById(name));

function shows(item) {
  const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
  const isOfShop = !shop.value || item.dataset.shop === shop.value;
  return isOfShop && words.every((word) => item.dataset.find.includes(word));
}

function filter() {
  for (const view of views) {
    const items = [...view.querySelectorAll(".list li")];
    for (const item of items) item.hidden = !shows(item);
    view.querySelector(".none").hidden = items.some((item) => !item.hidden);
  }
}

function mark() {
  for (const link of document.querySelectorAll(".list a")) {
    if (link.hash === location.hash) {
      link.setAttribute("aria-current", "true");
      link.scrollIntoView({ block: "nearest" });
    } else {
      link.removeAttribute("aria-current");
    }
  }
}

function openFirst() {
  const isWide = matchMedia("(min-width: 901px)").matches;
  const view = views.find((candidate) => `#${candidate.id}` === location.hash);
  const first = isWide && view && view.querySelector(".list li:not([hidden]) a");
  if (first) location.replace(first.hash);
  else mark();
}

function search() {
  filter();
  const isInList = views.some((view) => view.matches(":target, :has(:target)"));
  if (find.value && !isInList) location.hash = "orders";
}

find.addEventListener("input", search);
shop.addEventListener("change", search);
addEventListener("hashchange", openFirst);
filter();
openFirst();
