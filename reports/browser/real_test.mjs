// The page of a real run of the Vault demo, in which one server was broken: as a reader meets it, at two widths and in
// both themes.
import assert from "node:assert/strict";
import {readFileSync} from "node:fs";
import {join} from "node:path";
import {runAll} from "./chrome.mjs";

const folder = process.argv[2];
const page = (name) => join(folder, name, "report.html");
const result = (name) => JSON.parse(readFileSync(join(folder, name, "result.json"), "utf8"));

const fresh = async (chrome, name, width = 1280, theme = "light") => {
  await chrome.look(width, theme);
  await chrome.leave();
  chrome.problems.length = chrome.requests.length = 0;
  await chrome.open(page(name));
};
const open = async (chrome, id) => {
  await chrome.value(`location.hash = "#" + encodeURIComponent(${JSON.stringify(id)})`);
  await chrome.until(`document.querySelector("details.scenario[open] .timeline .item")`);
};
const overflows = `document.documentElement.scrollWidth > document.documentElement.clientWidth`;

await runAll(["good", "broken"].flatMap((name) => [
  [name + ": opens without a complaint, asks nobody, and shows the result's numbers", async (chrome) => {
    await fresh(chrome, name);
    assert.deepEqual(chrome.problems, []);
    assert.deepEqual(chrome.requests.filter((url) => url !== "file://" + page(name) && !url.startsWith("data:")), []);
    const {totals} = result(name);
    const tiles = Object.fromEntries(await chrome.value(`[...document.querySelectorAll("#numbers .tile")]
      .map((tile) => [tile.querySelector("span").textContent, tile.querySelector("b").textContent.replaceAll(",", "")])`));
    assert.equal(tiles["checks"], String(totals.checks));
    assert.equal(tiles["passed"], String(totals.passed));
    assert.equal(await chrome.value(`document.querySelector(".verdict .word").textContent`), name === "good" ? "PASSED" : "FAILED");
  }],

  // Who got what of whom: the headline says how many, the matrix shows the cells, and each leads to its scenario.
  [name + ": says who got what of whom", async (chrome) => {
    await fresh(chrome, name);
    const {scenarios} = result(name);
    const leaks = scenarios.flatMap((one) => one.matrix || []).filter((cell) => cell.reached && !cell.expected);
    assert.equal(leaks.length > 0, name === "broken", "the broken server leaks, the good one does not");
    const shown = await chrome.value(`[...document.querySelectorAll("#matrix .cell.leak[aria-label]")].map((cell) => cell.getAttribute("aria-label"))`);
    for (const leak of leaks) assert.ok(shown.some((text) => text.includes(leak.caller + " reached " + leak.owner + "'s things")), leak.caller + " " + leak.owner);
    if (name === "good") assert.deepEqual(shown, []);
    // Without scrolling: verdict, numbers, and the first picture of who reached whose things.
    assert.ok(await chrome.value(`document.querySelector("#matrix .cell").getBoundingClientRect().bottom < innerHeight`), "on the first screen");
  }],

  [name + ": looks right at two widths and in both themes", async (chrome) => {
    const id = result(name).scenarios.find((one) => one.id.startsWith("isolation/own-things@jira")).id;
    for (const width of [1280, 420]) {
      for (const theme of ["light", "dark"]) {
        await fresh(chrome, name, width, theme);
        assert.equal(await chrome.value(overflows), false, width + " " + theme);
        assert.deepEqual(await chrome.serious(), [], width + " " + theme);
        await chrome.screenshot(join(folder, `${name}-closed-${width}-${theme}.png`));
        await open(chrome, id);
        assert.equal(await chrome.value(overflows), false, width + " " + theme + " open");
        await chrome.screenshot(join(folder, `${name}-open-${width}-${theme}.png`));
      }
    }
  }],
]));
