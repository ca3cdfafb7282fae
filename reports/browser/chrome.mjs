// Chromium over its DevTools pipe: no port, no network, a profile of its own that is gone afterwards.
import {spawn} from "node:child_process";
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from "node:fs";
import {tmpdir} from "node:os";
import {join} from "node:path";

const ANSWER_MS = 60_000;  // a busy machine is slow, a hanging browser never answers

export class Chrome {
  static async start() {
    const chrome = new Chrome();
    try {
      const {targetId} = await chrome.#command("Target.createTarget", {url: "about:blank"});
      const {sessionId} = await chrome.#command("Target.attachToTarget", {targetId, flatten: true});
      chrome.#session = sessionId;
      for (const domain of ["Page", "Runtime", "Log", "Network"]) await chrome.send(domain + ".enable");
      return chrome;
    } catch (error) {
      await chrome.close();
      throw error;
    }
  }

  problems = [];  // what the page complained of
  requests = [];  // everything it asked for

  #session;
  #next = 1;
  #waiting = new Map();
  #events = new Map();
  #rest = "";
  #profile = mkdtempSync(join(tmpdir(), "iff-chromium-"));
  #process;
  #words = "";

  constructor() {
    this.#process = spawn(process.env.IFF_CHROMIUM, [
      "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-pipe",
      "--user-data-dir=" + this.#profile, "--no-first-run", "--no-default-browser-check", "--disable-background-networking",
      "--disable-component-update", "--disable-sync", "--disable-extensions", "--disable-default-apps", "--disable-breakpad",
      "--disable-client-side-phishing-detection", "--metrics-recording-only", "--password-store=basic", "--use-mock-keychain",
      "--hide-scrollbars", "--force-color-profile=srgb", "--lang=en-US", "about:blank",
    ], {stdio: ["ignore", "ignore", "pipe", "pipe", "pipe"], detached: true});
    this.#process.stderr.on("data", (bytes) => (this.#words = (this.#words + bytes).slice(-4000)));
    this.#process.on("error", (error) => this.#fail("cannot be started: " + error.message));
    this.#process.on("exit", (code, signal) => this.#fail("ended with " + (code ?? signal)));
    this.#process.stdio[3].on("error", () => {});  // the exit tells
    this.#process.stdio[4].on("data", (bytes) => this.#receive(bytes));
  }

  send(method, params = {}) { return this.#command(method, params, this.#session); }

  // Resolves when the event comes next. Ask before causing it.
  once(event) {
    return this.#timed(event, (resolve) => this.#events.set(event, [...(this.#events.get(event) || []), resolve]));
  }

  open(path) { return this.#navigate("file://" + path); }
  leave() { return this.#navigate("about:blank"); }

  async #navigate(url) {
    const loaded = this.once("Page.loadEventFired");
    loaded.catch(() => {});  // is waited for below, unless there is nothing to wait for
    const {errorText} = await this.send("Page.navigate", {url});
    if (errorText) throw new Error("open " + url + ": " + errorText);
    await loaded;
  }

  // The value of an expression in the page; promises are waited for.
  async value(expression) {
    const {result, exceptionDetails} = await this.send("Runtime.evaluate", {expression, returnByValue: true, awaitPromise: true});
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description || exceptionDetails.text);
    return result.value;
  }

  // Waits until the page says so: asks again each time it has drawn.
  until(expression, told = expression) {
    return this.value(`new Promise((resolve, reject) => {
      const end = performance.now() + 30000;
      const ask = () => (${expression}) ? resolve(true) : performance.now() > end ? reject(new Error(${JSON.stringify("not within 30 s: " + told)})) : setTimeout(ask, 10);
      ask();
    })`);
  }

  async press(key, code = key, text = undefined) {
    const numbers = {Enter: 13, ArrowRight: 39, ArrowLeft: 37, Tab: 9, "/": 191};
    const event = {key, code, text, windowsVirtualKeyCode: numbers[key]};
    await this.send("Input.dispatchKeyEvent", {type: "keyDown", ...event});
    await this.send("Input.dispatchKeyEvent", {type: "keyUp", ...event});
  }

  async look(width, theme) {
    await this.send("Emulation.setDeviceMetricsOverride", {width, height: 900, deviceScaleFactor: 1, mobile: false});
    await this.send("Emulation.setEmulatedMedia", {features: [{name: "prefers-color-scheme", value: theme}]});
  }

  async screenshot(file) {
    // As tall as the page: what is out of sight is not drawn.
    const {cssContentSize: size} = await this.send("Page.getLayoutMetrics");
    await this.send("Emulation.setDeviceMetricsOverride",
                    {width: Math.round(size.width), height: Math.min(Math.round(size.height), 8000), deviceScaleFactor: 1, mobile: false});
    await this.value("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
    const {data} = await this.send("Page.captureScreenshot");
    writeFileSync(file, Buffer.from(data, "base64"));
  }

  // What axe finds serious or worse, in words.
  async serious() {
    await this.value(readFileSync(process.env.IFF_AXE, "utf8") + "; true");
    return this.value(`axe.run(document, {resultTypes: ["violations"]}).then((found) => found.violations
      .filter((one) => one.impact === "serious" || one.impact === "critical")
      .map((one) => one.id + ": " + one.help + ": " + one.nodes.slice(0, 5).map((node) => node.html.slice(0, 160) + " " + (node.any[0]?.message || "")).join(" | ")))`);
  }

  async close() {
    this.#closing = true;
    try {
      process.kill(-this.#process.pid, "SIGKILL");  // the group that is ours alone
    } catch { /* has ended already */ }
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      await new Promise((resolve) => this.#process.once("exit", resolve));
    }
    rmSync(this.#profile, {recursive: true, force: true, maxRetries: 10, retryDelay: 100});
  }

  #closing = false;

  #fail(why) {
    if (this.#closing) return;
    const error = new Error("the browser " + why + "\n" + this.#words);
    for (const {reject} of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  #timed(what, start) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(what + ": no answer from the browser\n" + this.#words)), ANSWER_MS);
      const id = {};
      this.#waiting.set(id, {reject});
      start((value) => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        resolve(value);
      }, reject);
    });
  }

  #command(method, params = {}, sessionId = undefined) {
    const id = this.#next++;
    return this.#timed(method, (resolve, reject) => {
      this.#events.set(id, [(message) => message.error ? reject(new Error(method + ": " + message.error.message)) : resolve(message.result)]);
      this.#process.stdio[3].write(JSON.stringify({id, method, params, sessionId}) + "\0");
    });
  }

  #receive(bytes) {
    const parts = (this.#rest + bytes.toString("utf8")).split("\0");
    this.#rest = parts.pop();
    for (const part of parts) {
      const message = JSON.parse(part);
      this.#note(message);
      const waiting = this.#events.get(message.id ?? message.method) || [];
      this.#events.delete(message.id ?? message.method);
      for (const resolve of waiting) resolve(message.id ? message : message.params);
    }
  }

  #note({method, params}) {
    if (method === "Runtime.exceptionThrown") this.problems.push(params.exceptionDetails.exception?.description || params.exceptionDetails.text);
    if (method === "Runtime.consoleAPICalled" && params.type === "error") this.problems.push(params.args.map((one) => one.value).join(" "));
    if (method === "Log.entryAdded" && params.entry.level === "error") this.problems.push(params.entry.text);
    if (method === "Page.javascriptDialogOpening") this.problems.push("a dialog: " + params.message);
    if (method === "Network.requestWillBeSent") this.requests.push(params.request.url);
  }
}

// Runs each [name, function] in turn, whatever became of the one before; the exit code says whether all held.
export async function runAll(tests) {
  let failed = 0;
  const chrome = await Chrome.start();
  try {
    for (const [name, test] of tests) {
      try {
        await test(chrome);
        console.log("ok      " + name);
      } catch (error) {
        ++failed;
        console.log("FAILED  " + name + "\n" + error.stack);
      }
    }
  } finally {
    await chrome.close();
  }
  process.exitCode = failed === 0 ? 0 : 1;
}
