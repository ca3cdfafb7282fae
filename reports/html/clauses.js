// The clauses the servers are held to, and what became of each in this run.

const STANDINGS = [
  ["broken", "failed", "Broken", "a check that answers to it failed"],
  ["not observed", "errored", "Not observed", "nothing is known about these, neither good nor bad"],
  ["tested", "passed", "Tested", "all checks that answer to it passed"],
  ["excluded", "inapplicable", "Excluded", "no check is meant to answer to it, for the reason given"],
];

function drawClauses(run) {
  const section = document.getElementById("clauses");
  if (!run.clauses || run.clauses.length === 0) return;
  const of = (kind) => run.clauses.filter((clause) => clause.standing === kind);
  const rows = (clauses) => clauses.map((clause) => el("tr", null,
    el("th", {scope: "row"}, clause.clause), el("td", null, clause.says),
    el("td.number", null, clause.checks > 0 ? thousands(clause.checks) : ""), el("td", null, clause.reason)));
  const table = (clauses) => el("div.scroll", {tabindex: "0", role: "region", "aria-label": "Clauses"}, el("table.plain", null,
    el("thead", null, el("tr", null, ["clause", "says", "checks", ""].map((t) => el("th", {scope: "col"}, t)))),
    el("tbody", null, rows(clauses))));
  put(section, [
    el("h2", null, "Clauses"),
    el("p.faint", null, "What standards and advice ask of a server, and what this run says to each: a clause was tested when every check " +
       "that answers to it was judged and passed; whatever was not played here was not observed."),
    el("div.tiles", null, STANDINGS.map(([kind, colour, told]) => el("div.tile." + (of(kind).length > 0 ? colour : "none"), null,
      el("b", null, thousands(of(kind).length)), el("span", null, told.toLowerCase())))),
    STANDINGS.filter(([kind]) => of(kind).length > 0).map(([kind, , told, hint]) => {
      const body = el("div", null);
      const fill = () => { if (body.childElementCount === 0) body.append(table(of(kind))); };
      const open = kind === "broken";
      if (open) fill();
      return el("details.group", {open, ontoggle: fill},
                el("summary", null, el("h3", null, told + ": " + thousands(of(kind).length), " ", el("span.faint", null, hint))), body);
    }),
  ]);
  section.hidden = false;
}
