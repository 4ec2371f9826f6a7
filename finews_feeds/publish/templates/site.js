// Copying an address and searching the index. Without this file every page says and links the same.
"use strict";

const say = document.getElementById("status");

function selectedCopy(text) {
  // Without HTTPS there is no clipboard to ask for.
  const field = document.createElement("textarea");
  field.value = text;
  field.readOnly = true;
  field.className = "hidden";
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}

async function copy(button) {
  const text = button.dataset.copy;
  let done = false;
  try {
    await navigator.clipboard.writeText(text);
    done = true;
  } catch {
    done = selectedCopy(text);
    button.focus();
  }
  const before = button.dataset.text ?? button.textContent;
  button.dataset.text = before;
  say.textContent = done ? say.dataset.copied : say.dataset.copyFailed;
  button.textContent = say.textContent;
  setTimeout(() => {
    button.textContent = before;
    say.textContent = "";
  }, 2000);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-copy]");
  if (button) copy(button);
});
for (const button of document.querySelectorAll("button[data-copy]")) button.hidden = false;

const lines = Array.from(document.querySelectorAll(".feeds li"));
const template = document.getElementById("copy");
for (const line of lines) {
  const button = template.content.firstElementChild.cloneNode(true);
  const name = line.querySelector(".name").textContent;
  button.dataset.copy = line.querySelector(".atom").href;
  button.setAttribute("aria-label", button.dataset.label.replace("{label}", () => name));
  line.querySelector(".atom").before(button);
}

const search = document.querySelector(".search");
if (search) {
  const query = document.getElementById("wanted");
  const found = document.getElementById("found");
  const fold = (text) => text.normalize("NFKC").toLowerCase().trim();
  const names = lines.map((line) => fold(line.querySelector(".name").textContent + " " + line.id));

  const show = () => {
    const wanted = fold(query.value).split(/\s+/);
    let count = 0;
    lines.forEach((line, at) => {
      line.hidden = !wanted.every((word) => names[at].includes(word));
      count += line.hidden ? 0 : 1;
    });
    for (const group of document.querySelectorAll(".group")) group.hidden = !group.querySelector("li:not([hidden])");
    const text = count ? found.dataset.found.replace("{count}", count) : found.dataset.none;
    found.textContent = wanted[0] ? text : "";
  };

  search.hidden = false;
  query.addEventListener("input", show);
  query.value = new URLSearchParams(location.search).get("q") ?? "";
  if (query.value) show();
}
