// The swim lanes of a scenario: who was called when, as whom, for how long, and what befell them meanwhile.

const FLOW = ["login", "access token", "MCP request", "Vault login", "entity and policy", "credential and upstream call"];
const MOST_ITEMS = 400;
const LABELS = 150;  // width of the lanes' names
const SPACE = 850;   // width of the time
const FOLD = 36;     // width of a pause in which nothing happened
const ROW = 18;

// The target that a step went to.
function wentTo(at, scenario) {
  return scenario.steps[at].at || scenario.target;
}

// Which of the six steps of the flow something is.
function flowOf({exchange, seen, at}, scenario) {
  if (exchange) return exchange.lane === wentTo(at, scenario) ? [3] : / logs in$|^login/.test(exchange.title) ? [1, 2] : [];
  if (!seen) return [];
  if (seen.kind === "ledger") return [6];
  if (seen.kind !== "audit") return [];
  if (/^login /.test(seen.text)) return [4];
  return / -> denied$/.test(seen.text) ? [5] : [5, 6];
}

// ---- lanes

function laneNames(run) {
  const titles = {keycloak: "Keycloak", vault: "Vault", postgres: "PostgreSQL"};
  const has = (name) => run.components.some((component) => component.name === name);
  return {
    issuer: has("keycloak") ? "keycloak" : "issuer",
    title: (name) => titles[name] || name,
    rank: (name) => name.startsWith("at:") ? 1.5 : {client: 0, target: 1, keycloak: 2, issuer: 2, vault: 3, postgres: 4}[name] ?? 5,
  };
}

// A target beside the scenario's own has a lane of its own, "at:NAME": a component may have the same name.
function laneOf({exchange, seen, step, at}, scenario, names) {
  if (exchange && exchange.lane === wentTo(at, scenario)) return scenario.steps[at].at ? "at:" + exchange.lane : "target";
  if (exchange) return exchange.lane === "issuer" ? names.issuer : exchange.lane;
  const name = seen ? seen.component : step.about === "issuer" ? names.issuer : step.about;
  if (step && (!name || scenario.principals.includes(name))) return "client";
  return name === scenario.target ? "up:" + name : name;
}

function collectItems(run, scenario, index, names) {
  const items = [];
  scenario.steps.forEach((step, at) => {
    const trace = traceOf(index, at);
    for (const exchange of trace.exchanges) {
      items.push({exchange, at, trace, from: exchange.started_us, to: exchange.started_us + exchange.took_us});
    }
    for (const seen of trace.downstream) items.push({seen, at, trace, from: seen.at_us, to: seen.at_us});
    if (step.kind) items.push({step, at, trace, from: step.started_us || 0, to: (step.started_us || 0) + (step.took_us || 0)});
  });
  for (const item of items) {
    item.lane = laneOf(item, scenario, names);
    item.flow = flowOf(item, scenario);
    item.role = item.exchange ? item.exchange.actor : item.seen ? item.seen.principal : "";
  }
  items.sort((a, b) => a.from - b.from || b.to - a.to);
  return items;
}

// ---- time: to scale, but long pauses are folded

function scaleOf(items) {
  const busy = [];
  for (const {from, to} of items) {
    const last = busy[busy.length - 1];
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else busy.push([from, to]);
  }
  const sum = busy.reduce((total, [from, to]) => total + to - from, 0);
  const pause = Math.max(20000, sum * 0.3);
  const parts = [];
  for (const [from, to] of busy) {
    const last = parts[parts.length - 1];
    if (last && from - last.to < pause) last.to = Math.max(last.to, to);
    else parts.push({from, to});
  }
  const length = parts.reduce((total, part) => total + part.to - part.from, 0) || 1;
  const room = Math.max(200, SPACE - FOLD * (parts.length - 1));
  let x = LABELS;
  for (const part of parts) {
    part.x = x;
    part.width = Math.max(8, ((part.to - part.from) / length) * room);
    x += part.width + FOLD;
  }
  const at = (us) => {
    for (const part of parts) {
      if (us <= part.to) {
        const within = part.to > part.from ? Math.max(0, us - part.from) / (part.to - part.from) : 0;
        return us < part.from ? part.x - FOLD / 2 : part.x + within * part.width;
      }
    }
    const last = parts[parts.length - 1];
    return last.x + last.width;
  };
  return {parts, at, end: x - FOLD};
}

// Calls that overlap get rows of their own; what is drawn wider than it lasted counts as wide as it is drawn.
function stack(items, scale) {
  const rows = new Map();
  for (const item of items) {
    item.x = scale.at(item.from);
    item.width = item.exchange ? Math.max(6, scale.at(item.to) - item.x) : 10;
    const busy = rows.get(item.lane) || [];
    rows.set(item.lane, busy);
    let row = busy.findIndex((until) => until <= item.x);
    if (row < 0 && busy.length < 8) row = busy.push(0) - 1;
    if (row < 0) row = busy.length - 1;
    item.row = row;
    busy[row] = Math.max(busy[row], item.x + item.width + 2);
  }
  return rows;
}

// ---- what is on it besides calls

// A fault lasts until its component is whole again, or to the end.
function faultsOf(items, scenario) {
  const open = new Map();
  const faults = [];
  for (const item of items) {
    if (!item.step) continue;
    if (item.step.kind === "fault") open.set(item.lane, item);
    if (item.step.kind === "heal" && open.has(item.lane)) {
      faults.push({lane: item.lane, from: open.get(item.lane).from, to: item.to, title: open.get(item.lane).step.title});
      open.delete(item.lane);
    }
  }
  for (const [lane, item] of open) faults.push({lane, from: item.from, to: Infinity, title: item.step.title});
  return faults;
}

// Each token that expires while the scenario is on the page, once.
function expiriesOf(items, zero) {
  const found = new Map();
  for (const {exchange} of items) {
    const claims = exchange && exchange.token && exchange.token.claims;
    const exp = claims ? Number(claims.exp) : NaN;
    if (!Number.isFinite(exp) || found.has(exchange.credential)) continue;
    found.set(exchange.credential, {credential: exchange.credential, role: exchange.actor, at: (exp - zero) * 1e6});
  }
  return [...found.values()];
}

const personClass = (role) => (role ? "p" + (person(role), people.get(role)) : "nobody");

function tellItem(item, scenario) {
  const flow = item.flow.length > 0 ? ", step " + item.flow.join(" and ") + " of the flow: " + item.flow.map((n) => FLOW[n - 1]).join(", ") : "";
  if (item.exchange) {
    const {exchange} = item;
    return (exchange.actor || "nobody") + ": " + exchange.title + ", " +
           (exchange.status === 0 ? "no answer" : exchange.status) + " after " + took(exchange.took_us) + flow;
  }
  if (item.seen) return item.seen.component + " " + item.seen.kind + (item.seen.principal ? " as " + item.seen.principal : "") + ": " + item.seen.text + flow;
  return item.step.title;
}

const MARKS = {fault: "\u26a1", heal: "\u2714", revoke: "\u2298", rotate: "\u21bb", wait: "\u29d6"};

function drawItem(item, y, scenario, choose) {
  const words = tellItem(item, scenario);
  const middle = y + ROW / 2;
  const colour = personClass(item.role);
  let shape;
  if (item.exchange) {
    const kind = item.exchange.status === 0 ? ".gone" : item.exchange.status >= 400 ? ".refused" : "";
    shape = svg("rect.bar." + colour + kind, {x: item.x, y: y + 2, width: item.width, height: ROW - 4, rx: 2});
  } else if (item.seen) {
    shape = svg("path.seenmark." + colour, {d: `M${item.x + 5} ${y + 2} l6 7 l-6 7 l-6 -7 z`});
  } else {
    shape = svg("circle.eventdot", {cx: item.x + 5, cy: middle, r: 8});
  }
  return svg("g.item", {role: "button", tabindex: "-1", "aria-label": words, onclick: () => choose(item)},
             svg("title", null, words), shape);
}

// What is written upon it, for eyes alone: its name tells the same in words.
function drawItemText(item, y) {
  const middle = y + ROW / 2 + 4;
  if (item.step) return svg("text.eventmark", {x: item.x + 5, y: middle, "text-anchor": "middle"}, MARKS[item.step.kind] || "\u2022");
  if (!item.exchange || item.width <= 44) return null;
  const told = (item.flow.length > 0 ? item.flow.join("\u00b7") + " " : "") + (item.exchange.status || "\u2715");
  return svg("text.inbar" + (item.exchange.status === 0 || item.exchange.status >= 400 ? ".onpale" : ""), {x: item.x + 5, y: middle}, told);
}

// ---- the picture

function drawTimeline(run, scenario, index) {
  const names = laneNames(run);
  const all = collectItems(run, scenario, index, names);
  if (all.length === 0) return null;
  const items = all.slice(0, MOST_ITEMS);
  const zero = run.startSeconds + (scenario.started_us - run.firstStart) / 1e6;
  const scale = scaleOf(items);
  const rows = stack(items, scale);
  const faults = faultsOf(items, scenario);
  const lanes = [...new Set(["client", "target", ...rows.keys(), ...faults.map((fault) => fault.lane)])]
    .sort((a, b) => names.rank(a) - names.rank(b) || (a < b ? -1 : 1));
  const title = (lane) => lane === "client" ? "client" : lane === "target" ? scenario.target + " (MCP server)"
                        : lane.startsWith("at:") ? lane.slice(3) + " (MCP server)"
                        : lane.startsWith("up:") ? names.title(lane.slice(3)) + " (upstream)" : names.title(lane);
  const top = 40;
  let y = top;
  const place = new Map();
  for (const lane of lanes) {
    const height = Math.max(1, (rows.get(lane) || []).length) * ROW + 10;
    place.set(lane, {y: y + 5, height});
    y += height;
  }
  const bottom = y;
  const width = Math.max(1000, scale.end + 44);

  const back = lanes.map((lane, i) => [
    svg("rect.lanebed" + (i % 2 ? ".odd" : ""), {x: 0, y: place.get(lane).y - 5, width, height: place.get(lane).height}),
    svg("text.lanename", {x: 6, y: place.get(lane).y + 13}, svg("title", null, title(lane)), clip(title(lane), LABELS - 8)),
  ]);
  const clocks = scale.parts.flatMap((part, i) => {
    const ticks = part.width > 260 ? [0, 1 / 3, 2 / 3, 1] : part.width > 120 ? [0, 1] : [0];
    const marks = ticks.map((share) => {
      const x = part.x + share * part.width;
      return [svg("line.tick", {x1: x, y1: top - 6, x2: x, y2: bottom}),
              svg("text.clock", {x, y: top - 10, "text-anchor": share === 1 ? "end" : "start"}, "+" + took(part.from - scale.parts[0].from + share * (part.to - part.from)))];
    });
    const before = scale.parts[i - 1];
    if (before) {
      const x = part.x - FOLD / 2;
      marks.push([svg("rect.fold", {x: x - FOLD / 2 + 3, y: top - 4, width: FOLD - 6, height: bottom - top + 4}),
                  svg("text.foldtext", {x: x + 3, y: (top + bottom) / 2, transform: `rotate(-90 ${x + 3} ${(top + bottom) / 2})`, "text-anchor": "middle"},
                    took(part.from - before.to) + " of nothing")]);
    }
    return marks;
  });
  const bands = faults.map((fault) => {
    const {y: at, height} = place.get(fault.lane);
    const from = scale.at(fault.from);
    const to = fault.to === Infinity ? scale.end : scale.at(fault.to);
    return [svg("rect.faultband", {x: from, y: at - 5, width: Math.max(4, to - from), height}, svg("title", null, fault.title)),
            svg("text.faulttext", {x: from + 22, y: at + height - 10}, clip(fault.title, Math.max(80, to - from - 24)))];
  });
  const first = scale.parts[0].from;
  const last = scale.parts[scale.parts.length - 1].to;
  // Who waited meanwhile: a thin bar on the client's lane, and a line down to whoever was called.
  const waits = items.filter((item) => item.exchange).map((item) => {
    const client = place.get("client").y + ROW / 2;
    const called = place.get(item.lane).y + item.row * ROW + 2;
    return [svg("line.callline." + personClass(item.role), {x1: item.x + 1, y1: client, x2: item.x + 1, y2: called}),
            svg("rect.wait." + personClass(item.role), {x: item.x, y: client - 3, width: item.width, height: 6, rx: 3})];
  });
  const expiries = expiriesOf(items, zero).filter((expiry) => expiry.at >= first && expiry.at <= last).map((expiry) => {
    const x = scale.at(expiry.at);
    return [svg("line.expiry." + personClass(expiry.role), {x1: x, y1: top - 4, x2: x, y2: bottom}),
            svg("text.expirytext", {x: x > width / 2 ? x - 4 : x + 4, y: bottom - 4, "text-anchor": x > width / 2 ? "end" : "start"}, expiry.credential + " expires")];
  });
  // The steps of the scenario, above the lanes.
  const shown = new Map();
  for (const item of items) if (!shown.has(item.at)) shown.set(item.at, item.x);
  let free = 0;
  const numbers = [...shown].filter(([, x]) => x >= free && (free = x + 16)).map(([at, x]) =>
    svg("text.stepnumber", {x, y: 14}, svg("title", null, scenario.steps[at].title), String(at + 1)));

  const panel = el("div.inspect", {"aria-live": "polite"}, el("p.faint", null, "Choose a call or a mark to see both its ends."));
  let chosen = null;
  const nodes = [];
  const choose = (item) => {
    if (chosen !== null) nodes[chosen].classList.remove("chosen");
    nodes.forEach((node) => node.setAttribute("tabindex", "-1"));
    chosen = items.indexOf(item);
    nodes[chosen].classList.add("chosen");
    nodes[chosen].setAttribute("tabindex", "0");
    panel.replaceChildren(drawInspected(run, scenario, index, item, zero));
  };
  const yOf = (item) => place.get(item.lane).y + item.row * ROW;
  for (const item of items) nodes.push(drawItem(item, yOf(item), scenario, choose));
  const texts = svg("g", {"aria-hidden": "true"}, items.map((item) => drawItemText(item, yOf(item))));
  nodes[0].setAttribute("tabindex", "0");
  const keys = (event) => {
    const at = nodes.indexOf(event.target.closest(".item"));
    if (at < 0) return;
    const to = {ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: nodes.length - 1}[event.key];
    if (event.key === "Enter" || event.key === " ") choose(items[at]);
    else if (to !== undefined && nodes[to]) {
      nodes.forEach((node) => node.setAttribute("tabindex", "-1"));
      nodes[to].setAttribute("tabindex", "0");
      nodes[to].focus();
    } else return;
    event.preventDefault();
  };
  const roles = [...new Set(items.map((item) => item.role).filter(Boolean))];
  const flows = new Set(items.flatMap((item) => item.flow));
  const words = count(items.filter((item) => item.exchange).length, "call") + " and " +
                items.filter((item) => item.seen).length + " entries seen behind the target; arrow keys lead from one to the next";
  return el("figure.timeline", null,
    el("div.scroll", null,
      svg("svg", {viewBox: `0 0 ${width} ${bottom + 4}`, role: "group", "aria-label": words, onkeydown: keys},
        back, clocks, bands, waits, numbers, expiries, nodes, texts)),
    el("figcaption", null,
      el("span.who", null, roles.map((role) => [person(role), " "])),
      el("ol.flow", {"aria-label": "The six steps of the authentication flow"}, FLOW.map((name, i) =>
        el("li" + (flows.has(i + 1) ? ".there" : ""), {title: flows.has(i + 1) ? "seen in this scenario" : "not seen in this scenario"}, name))),
      el("span.faint", null, "Bars are calls, to scale; diamonds were seen behind the server, at their own time where it is known. " +
        "Bands are faults, dashed lines expiries." + (all.length > items.length ? " " + count(all.length - items.length, "more mark") + " not drawn." : ""))),
    panel);
}
