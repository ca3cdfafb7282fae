// The page of 5,000 checks stays small and lively.
import assert from "node:assert/strict";
import {statSync} from "node:fs";
import {join} from "node:path";
import {runAll} from "./chrome.mjs";

const page = join(process.argv[2], "large", "report.html");

await runAll([
  ["stays under 15 MB", async () => {
    const size = statSync(page).size;
    console.log("        " + (size / 1e6).toFixed(1) + " MB");
    assert.ok(size < 15e6, String(size));
  }],

  // Bounds on what is made at first hold on every machine; the time is told, and bounded so that only a page that
  // has become unusable fails.
  ["makes at first only what is looked at first", async (chrome) => {
    await chrome.look(1280, "light");
    await chrome.open(page);
    const nodes = await chrome.value(`document.querySelectorAll("*").length`);
    const made = await chrome.value(`document.querySelectorAll("details.scenario").length`);
    const ms = await chrome.value(`Math.round(performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd)`);
    console.log("        " + nodes + " elements, " + made + " of 1000 rows, ready after " + ms + " ms");
    assert.ok(nodes < 15_000, nodes + " elements");
    assert.ok(made < 500, made + " rows");
    assert.ok(ms < 20_000, ms + " ms");
  }],

  ["finds one scenario of a thousand", async (chrome) => {
    const ms = await chrome.value(`(() => {
      const began = performance.now();
      const search = document.querySelector("form.filters input");
      search.value = "attack-777@";
      search.dispatchEvent(new Event("input", {bubbles: true}));
      return Math.round(performance.now() - began);
    })()`);
    console.log("        in " + ms + " ms");
    assert.deepEqual(await chrome.value(`[...document.querySelectorAll("details.scenario .id")].map((node) => node.textContent)`), ["tokens/attack-777@github"]);
  }],

  ["opens a scenario that was never scrolled to", async (chrome) => {
    await chrome.value(`location.hash = "#" + encodeURIComponent("tokens/attack-998@jira")`);
    await chrome.until(`[...document.querySelectorAll("details.scenario[open] .id")].some((node) => node.textContent === "tokens/attack-998@jira")`);
    await chrome.until(`document.querySelector("details.scenario[open] .body")`);
    assert.deepEqual(chrome.problems, []);
  }],

  ["makes the rest when somebody scrolls there", async (chrome) => {
    await chrome.open(page);
    const before = await chrome.value(`document.querySelectorAll("details.scenario").length`);
    await chrome.value(`document.querySelector(".more").scrollIntoView()`);
    await chrome.until(`document.querySelectorAll("details.scenario").length > ${before}`);
  }],
]);
