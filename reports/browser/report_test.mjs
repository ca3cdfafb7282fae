// The page of a run with seeded failures of every kind, as a reader uses it.
import assert from "node:assert/strict";
import {readFileSync} from "node:fs";
import {join} from "node:path";
import {runAll} from "./chrome.mjs";

const folder = process.argv[2];
const page = (name) => join(folder, name, "report.html");
const result = (name) => JSON.parse(readFileSync(join(folder, name, "result.json"), "utf8"));
const run = result("every-kind");
const checksOf = (scenario) => scenario.steps.flatMap((step) => step.checks);
const kindOf = (check) => (check.known ? "known" : check.verdict);

// Numbers as the page writes them.
const texts = (selector) => `[...document.querySelectorAll(${JSON.stringify(selector)})].map((node) => node.textContent)`;
const rows = `document.querySelectorAll("details.scenario").length`;
const choose = (name, value) => `(() => {
  const field = document.querySelector("form.filters").elements[${JSON.stringify(name)}];
  field.value = ${JSON.stringify(value)};
  field.dispatchEvent(new Event("input", {bubbles: true}));
})()`;

const openScenario = async (chrome, id) => {
  await chrome.value(`location.hash = "#" + encodeURIComponent(${JSON.stringify(id)})`);
  await chrome.until(`[...document.querySelectorAll("details.scenario[open] .id")].some((node) => node.textContent === ${JSON.stringify(id)})`);
  await chrome.until(`document.querySelector("details.scenario[open] .body")`);
};
const inOpen = (id, rest) => `[...document.querySelectorAll("details.scenario[open]")].find((node) => node.querySelector(".id").textContent === ${JSON.stringify(id)})${rest}`;

const fresh = async (chrome, name = "every-kind", width = 1280, theme = "light") => {
  await chrome.look(width, theme);
  await chrome.leave();
  chrome.problems.length = chrome.requests.length = 0;
  await chrome.open(page(name));
};

await runAll([
  ["opens without a complaint and asks nobody for anything", async (chrome) => {
    for (const name of ["every-kind", "all-green", "hostile"]) {
      await fresh(chrome, name);
      assert.deepEqual(chrome.problems, [], name);
      assert.deepEqual(chrome.requests.filter((url) => url !== "file://" + page(name) && !url.startsWith("data:")), [], name);
    }
  }],

  ["says the verdict first, in the words of the result", async (chrome) => {
    await fresh(chrome);
    assert.equal(await chrome.value(`document.querySelector(".verdict .word").textContent`), "FAILED");
    const headline = await chrome.value(`document.querySelector("h1").textContent`);
    assert.match(headline, new RegExp(`^${run.totals.failed} of ${run.totals.checks} checks failed, 1 from 1 cause: bob reached alice's things on jira; jira breaks lifetime \\(1\\); ${run.totals.errored} could not be judged`));
    assert.ok(await chrome.value(`document.querySelector(".verdict").getBoundingClientRect().bottom < innerHeight`), "above the fold");
  }],

  ["shows the numbers of the result", async (chrome) => {
    await fresh(chrome);
    const tiles = Object.fromEntries((await chrome.value(`[...document.querySelectorAll("#numbers .tile")]
      .map((tile) => [tile.querySelector("span").textContent, tile.querySelector("b").textContent])`)));
    const {totals} = run;
    assert.equal(tiles["checks"], String(totals.checks));
    assert.equal(tiles["passed"], String(totals.passed));
    assert.equal(tiles["failed"], String(totals.failed));
    assert.equal(tiles["could not be judged"], String(totals.errored));
    assert.equal(tiles["failed, as listed"], String(totals.known));
    assert.equal(tiles["do not apply"], String(totals.inapplicable));
    assert.equal(tiles["scenarios"], String(run.scenarios.length));
    assert.equal(await chrome.value(rows), run.scenarios.length);
    const suites = await chrome.value(`[...document.querySelectorAll("#suites button.sum")].map((one) => one.getAttribute("aria-label"))`);
    const told = suites.join("\n").match(/\d+(?= (passed|failed|errored|known|inapplicable))/g).reduce((sum, n) => sum + Number(n), 0);
    assert.equal(told, totals.checks, "the suites add up");
  }],

  ["lists every finding with clause and remedy", async (chrome) => {
    await fresh(chrome);
    const explained = new Set(run.causes.flatMap((cause) => cause.checks));
    const all = run.scenarios.flatMap(checksOf).filter((check) => kindOf(check) !== "failed" || !explained.has(check.id));
    const must = all.filter((check) => kindOf(check) === "failed" && check.level === "must");
    const should = all.filter((check) => kindOf(check) === "failed" && check.level === "should");
    const groups = await chrome.value(texts("#findings summary h3"));
    assert.ok(groups[0].startsWith("Causes: " + run.causes.length), groups[0]);
    assert.ok(groups[1].startsWith("Demands broken: " + must.length), groups[1]);
    assert.ok(groups[2].startsWith("Recommendations not followed: " + should.length), groups[2]);
    const cards = await chrome.value(texts("#findings .finding.failed:not(.cause)"));
    assert.equal(cards.length, must.length + should.length);
    for (const check of must.filter((one) => one.clause)) assert.ok(cards.some((card) => card.includes(check.id) && card.includes(check.clause)));
    for (const card of cards) assert.match(card, /remedy.{20}/s);
    for (const card of cards) assert.ok(card.includes("./iff replay " + run.id + "/"), card);
  }],

  ["tells a cause once, with what failed for it one click away", async (chrome) => {
    await fresh(chrome);
    const cards = await chrome.value(texts("#findings .finding.cause"));
    assert.equal(cards.length, run.causes.length);
    for (const [i, cause] of run.causes.entries()) {
      for (const text of [cause.cause, cause.says, cause.fix, cause.clause]) assert.ok(cards[i].includes(text), cards[i]);
      await chrome.value(`document.querySelectorAll("#findings .finding.cause > details > summary")[${i}].click()`);
      await chrome.until(`document.querySelectorAll("#findings .finding.cause > details")[${i}].querySelectorAll(".finding").length > 0`);
      const shown = await chrome.value(texts("#findings .finding.cause > details .finding .check"));
      for (const check of cause.checks) assert.ok(shown.includes(check), check);
    }
  }],

  ["draws the matrix so that a leak stands out and leads to its scenario", async (chrome) => {
    await fresh(chrome);
    assert.equal(await chrome.value(`document.querySelectorAll("#matrix .map .cell.leak").length`), 1);
    assert.equal(await chrome.value(`document.querySelectorAll("#matrix .map .cell.missing").length`), 1);
    assert.equal(await chrome.value(`document.querySelector("#matrix .cell.leak[href]").getAttribute("aria-label")`), "get_issue: LEAK: bob reached alice's things");
    await chrome.value(`document.querySelector("#matrix .cell.leak[href]").click()`);
    await chrome.until(inOpen("isolation/own-things@jira", ""));
  }],

  ["tells what has changed since the earlier run, fewer checks first of all", async (chrome) => {
    await fresh(chrome);
    const {differences, checks_before, checks_now} = run.compared;
    const numbers = await chrome.value(texts("#since .tile b"));
    assert.deepEqual(numbers, ["new", "lost", "still", "fixed"].map((kind) => String(differences.filter((one) => one.kind === kind).length)));
    const alert = await chrome.value(`document.querySelector("#since .alert").textContent`);
    assert.ok(alert.includes("Fewer checks than before") && alert.includes(checks_before + " then, " + checks_now + " now"), alert);
    await fresh(chrome, "all-green");
    assert.ok(await chrome.value(`document.getElementById("since").hidden`));
  }],

  ["filters by each of its fields and by words", async (chrome) => {
    await fresh(chrome);
    const expected = {
      suite: ["isolation", (one) => one.suite === "isolation"],
      target: ["github", (one) => one.target === "github"],
      verdict: ["failed", (one) => one.verdict === "failed" || checksOf(one).some((check) => kindOf(check) === "failed")],
      identity: ["bob", (one) => one.principals.includes("bob")],
      tag: ["slow", (one) => (one.tags || []).includes("slow")],
      text: ["records order", (one) => one.id === "audit/order@github"],
    };
    for (const [name, [value, wanted]] of Object.entries(expected)) {
      await chrome.value(choose(name, value));
      const left = await chrome.value(texts("details.scenario .id"));
      const ids = run.scenarios.filter(wanted).map((one) => one.id);
      assert.ok(ids.length > 0 && ids.length < run.scenarios.length, name + " tells some from others");
      assert.deepEqual(left, ids, name);
      assert.equal(await chrome.value(`document.querySelector("#scenarios [role=status]").textContent`), ids.length + " of " + run.scenarios.length + " scenarios");
      await chrome.value(`document.querySelector("form.filters").reset()`);
      await chrome.until(`${rows} === ${run.scenarios.length}`);
    }
    await chrome.value(choose("text", "nothing is called so"));
    assert.equal(await chrome.value(rows), 0);
  }],

  ["opens a scenario into its timeline, with every call and everything seen downstream", async (chrome) => {
    await fresh(chrome);
    for (const id of ["isolation/own-things@jira", "faults/vault-hangs@jira", "rate_limit/noisy@jira"]) {
      await openScenario(chrome, id);
      const scenario = run.scenarios.find((one) => one.id === id);
      const items = scenario.steps.reduce((sum, step) => sum + step.exchanges.length + step.downstream.events.length + step.downstream.not_observable.length + (step.kind ? 1 : 0), 0);
      assert.equal(await chrome.value(inOpen(id, `.querySelectorAll(".timeline .item").length`)), items, id);
    }
    const lanes = await chrome.value(inOpen("faults/vault-hangs@jira", `.querySelectorAll(".lanename").length`));
    assert.equal(lanes, 5, "client, server, Keycloak, Vault, upstream");
    assert.equal(await chrome.value(inOpen("faults/vault-hangs@jira", `.querySelectorAll(".faultband").length`)), 1);
    assert.equal(await chrome.value(inOpen("faults/vault-hangs@jira", `.querySelectorAll("line.expiry").length`)), 1);
    const flow = await chrome.value(inOpen("isolation/own-things@jira", `.querySelectorAll("ol.flow li.there").length`));
    assert.equal(flow, 6, "all six steps of the flow");
  }],

  ["shows both ends of a call, its token, and how to do it again, by keyboard alone", async (chrome) => {
    await fresh(chrome);
    const id = "isolation/own-things@jira";
    await openScenario(chrome, id);
    await chrome.value(inOpen(id, `.querySelector(".timeline .item[tabindex='0']").focus()`));
    for (let i = 0; i < 2; ++i) await chrome.press("ArrowRight");
    const focused = await chrome.value(`document.activeElement.getAttribute("aria-label")`);
    assert.match(focused, /^alice: tools\/call get_issue, 200 after 26 ms, step 3 of the flow: MCP request/);
    await chrome.press("Enter", "Enter", "\r");
    const told = await chrome.value(inOpen(id, `.querySelector(".inspect").textContent`));
    for (const part of ["Request", "Answer", "At the other end", "vault", "read secret/data/users/e-alice/jira", "GET /rest/api/3/issue/AL-1",
                        "for whom it is meant", "sent with about", "alice.mcp.token#1", "./iff run " + id]) {
      assert.ok(told.includes(part), part + " is not in: " + told);
    }
    const curl = await chrome.value(inOpen(id, `.querySelector(".inspect .again code").textContent`));
    assert.ok(curl.startsWith(`curl -sS -i -X POST "$JIRA_URL"'/mcp' -H 'Content-Type: application/json'`), curl);
    assert.ok(curl.includes(`-H 'Authorization: Bearer '"$ALICE_MCP_TOKEN_1"`), curl);
    assert.ok(curl.includes(`'{"jsonrpc":"2.0"`) && curl.includes(`"A'\\''L-1"`), curl);
    assert.equal(await chrome.value(inOpen(id, `.querySelectorAll(".inspect .lifetime svg").length`)), 1);
  }],

  ["finds the search field by the slash key", async (chrome) => {
    await fresh(chrome);
    await chrome.press("/", "Slash", "/");
    assert.equal(await chrome.value(`document.activeElement.name`), "text");
    assert.equal(await chrome.value(`document.activeElement.value`), "");
  }],

  ["draws latencies where there is something to draw", async (chrome) => {
    await fresh(chrome);
    const calls = run.scenarios.flatMap((one) => one.steps.flatMap((step) => step.exchanges));
    const served = calls.filter((call) => call.lane === "jira" && call.title === "tools/call get_issue" && call.status !== 0);
    assert.equal(await chrome.value(`document.querySelector("#latency .quantiles dd").textContent`), String(served.length));
    await fresh(chrome, "all-green");
    assert.ok(await chrome.value(`document.getElementById("latency").hidden`));
  }],

  ["says what became of each clause, and why of those that were not tested", async (chrome) => {
    await fresh(chrome);
    const tiles = await chrome.value(`[...document.querySelectorAll("#clauses .tile b")].map((node) => node.textContent).join(" ")`);
    assert.equal(tiles, "1 3 1 1");
    const broken = await chrome.value(`document.querySelector("#clauses details[open]").textContent`);
    assert.ok(broken.includes("RFC 6750 section 3.1") && broken.includes("of 2 failed"), broken);
    await chrome.value(`document.querySelectorAll("#clauses details").forEach((node) => (node.open = true))`);
    await chrome.until(`document.querySelectorAll("#clauses tbody tr").length === 6`);
    const text = await chrome.value(`document.getElementById("clauses").textContent`);
    for (const why of ["could not be judged", "not played", "does not apply: github speaks only", "MCP forbids it"]) assert.ok(text.includes(why), why);
  }],

  ["lets no text of others do anything", async (chrome) => {
    await fresh(chrome, "hostile");
    assert.equal(await chrome.value(`document.querySelectorAll("script").length`), 3);
    await chrome.value(`document.querySelectorAll("details").forEach((node) => (node.open = true))`);
    await chrome.until(`document.querySelector(".timeline .item")`);
    await chrome.value(`document.querySelectorAll(".timeline .item").forEach((node) => node.dispatchEvent(new MouseEvent("click", {bubbles: true})))`);
    await chrome.value(`document.querySelectorAll("details").forEach((node) => (node.open = true))`);
    const text = await chrome.value(`document.querySelector("main").textContent`);
    assert.ok(text.includes("</script><script>alert(1)</script>"), "shown as it is");
    assert.ok(text.includes("\\u202e") && !/[\u202a-\u202e\u2066-\u2069\u001b]/.test(text), "what turns the writing is spelled out");
    assert.equal(await chrome.value(`document.querySelectorAll("main script, main img, main iframe, main link").length`), 0);
    assert.deepEqual(chrome.problems, []);
  }],

  ["is accessible: axe finds nothing serious, in light and dark, closed and open", async (chrome) => {
    for (const theme of ["light", "dark"]) {
      await fresh(chrome, "every-kind", 1280, theme);
      assert.deepEqual(await chrome.serious(), [], theme + ", closed");
      await openScenario(chrome, "faults/vault-hangs@jira");
      await openScenario(chrome, "isolation/own-things@jira");
      await chrome.value(inOpen("isolation/own-things@jira", `.querySelector(".timeline .item").dispatchEvent(new MouseEvent("click", {bubbles: true}))`));
      await chrome.value(`document.querySelectorAll("details.exchange").forEach((node) => (node.open = true))`);
      assert.deepEqual(await chrome.serious(), [], theme + ", open");
    }
  }],

  ["fits a narrow screen and a wide one, in both themes", async (chrome) => {
    for (const width of [1280, 420]) {
      for (const theme of ["light", "dark"]) {
        await fresh(chrome, "every-kind", width, theme);
        assert.equal(await chrome.value(`document.documentElement.scrollWidth > document.documentElement.clientWidth`), false, width + " " + theme);
        await chrome.screenshot(join(folder, `closed-${width}-${theme}.png`));
        await openScenario(chrome, "isolation/own-things@jira");
        await chrome.value(inOpen("isolation/own-things@jira", `.querySelectorAll(".timeline .item")[2].dispatchEvent(new MouseEvent("click", {bubbles: true}))`));
        assert.equal(await chrome.value(`document.documentElement.scrollWidth > document.documentElement.clientWidth`), false, width + " " + theme + " open");
        await chrome.screenshot(join(folder, `open-${width}-${theme}.png`));
      }
    }
    await fresh(chrome);
    await openScenario(chrome, "faults/vault-hangs@jira");
    await chrome.screenshot(join(folder, "fault-1280-light.png"));
  }],

  ["prints what did not pass in full", async (chrome) => {
    await fresh(chrome);
    const {data} = await chrome.send("Page.printToPDF", {printBackground: true});
    assert.equal(Buffer.from(data, "base64").subarray(0, 5).toString(), "%PDF-");
    const failed = run.scenarios.filter((one) => one.verdict === "failed" || one.verdict === "errored").length;
    assert.equal(await chrome.value(`document.querySelectorAll("details.scenario[open]").length`), failed);
  }],
]);
