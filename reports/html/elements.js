"use strict";
// Small makers of elements and words. Text only ever enters the page as text, never as markup.

// What nobody sees, or what turns the direction of writing, is spelled out: a name must not look like another.
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;
const plain = (text) => String(text).replace(UNSEEN, (letter) => "\\u" + letter.charCodeAt(0).toString(16).padStart(4, "0"));

function put(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false || child === "") continue;
    node.append(child instanceof Node ? child : plain(child));
  }
  return node;
}

// el("a.name", {href: "#x", onclick: f}, "text", otherElement, ...)
function el(kind, attributes, ...children) {
  const [tag, ...classes] = kind.split(".");
  const node = document.createElement(tag || "div");
  if (classes.length > 0) node.className = classes.join(" ");
  return put(dress(node, attributes), children);
}

function svg(kind, attributes, ...children) {
  const [tag, ...classes] = kind.split(".");
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  if (classes.length > 0) node.setAttribute("class", classes.join(" "));
  return put(dress(node, attributes), children);
}

function dress(node, attributes) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : plain(value));
  }
  return node;
}

const thousands = (number) => number.toLocaleString("en-US");
const count = (number, singular) => thousands(number) + " " + singular + (number === 1 ? "" : "s");

function took(us) {
  const ms = us / 1000;
  if (ms < 9.95) return ms.toFixed(1) + " ms";
  if (ms < 999.5) return ms.toFixed(0) + " ms";
  if (ms < 99950) return (ms / 1000).toFixed(1) + " s";
  const seconds = Math.round(ms / 1000);
  return Math.floor(seconds / 60) + " min " + (seconds % 60) + " s";
}

function span(seconds) {
  const s = Math.abs(Math.round(seconds));
  if (s < 120) return s + " s";
  if (s < 7200) return Math.round(s / 60) + " min";
  if (s < 172800) return Math.round(s / 3600) + " h";
  return Math.round(s / 86400) + " days";
}

// Every verdict has a word besides its colour.
const WORDS = {passed: "PASS", failed: "FAIL", errored: "ERROR", inapplicable: "N/A", known: "KNOWN"};

const kindOf = (check) => (check.known ? "known" : check.verdict);
const badge = (kind) => el("span.badge." + kind, null, WORDS[kind] || kind);
const level = (check) => el("span.level." + check.level, {title: "keyword of the clause"}, check.level);

// People keep their colour throughout the page; it always stands beside their name.
const people = new Map();
function person(role) {
  if (!role) return el("span.person.nobody", null, "nobody");
  if (!people.has(role)) people.set(role, people.size % 8);
  return el("span.person.p" + people.get(role), null, role);
}

// A line for a shell, which reads `what` as one word that is no option, whatever it holds.
function shellWord(what) {
  return /^[A-Za-z0-9@%+=:,._\/-]+$/.test(what) ? what : "'" + what.replace(/\0/g, "").replace(/'/g, "'\\''") + "'";
}

function commandOn(run, command, what) {
  return (run.program ? shellWord(run.program) : "./iff") + " " + command + (what.startsWith("-") ? " -- " : " ") + shellWord(what);
}

// What is pasted into a terminal: control characters and unseen letters are spelled out, as in C++.
function spelled(text) {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (letter) => letter === "\n" || letter === "\t" ? letter :
    Array.from({length: letter.length}, (_, i) => "\\u" + letter.charCodeAt(i).toString(16).padStart(4, "0")).join(""));
}

function copyable(line) {
  const command = spelled(line);
  const button = el("button.copy", {type: "button", "aria-label": "Copy: " + command}, "copy");
  const code = el("code", null, command);
  button.addEventListener("click", async (event) => {
    event.preventDefault();
    try {
      await navigator.clipboard.writeText(command);
      button.textContent = "copied";
    } catch {
      getSelection().selectAllChildren(code);  // a page from disk may not be allowed to: it is selected instead
      button.textContent = "selected";
    }
  });
  return el("span.again", null, code, button);
}

function readEmbedded(id) {
  return JSON.parse(document.getElementById(id).textContent);
}
