// compromise, which is rules and word lists in JavaScript: node _peer_compromise.cjs HOME TASK.
// It answers as `serve` in _race.py does. It finds quotations, but no speakers.
const [home, task] = process.argv.slice(2);
const nlp = require(require.resolve("compromise", { paths: [home] }));

const KINDS = { people: "PERSON", places: "GPE", organizations: "ORG" };
const paragraphs = (text) => [...text.matchAll(/[^\n]+/g)];

// Offsets count UTF-16 units; ours count code points. Punctuation behind a name is not of it.
function span(text, paragraph, found) {
  const start = paragraph.index + found.offset.start;
  const words = text.slice(start, start + found.offset.length).replace(/[\s.,;:!?]+$/, "");
  const first = [...text.slice(0, start)].length;
  return [first, first + [...words].length];
}

function entities(text) {
  const row = [];
  for (const paragraph of paragraphs(text)) {
    const document = nlp(paragraph[0]);
    for (const [kind, label] of Object.entries(KINDS)) {
      for (const found of document[kind]().json({ offset: true })) {
        const [start, end] = span(text, paragraph, found);
        row.push({ start, end, label });
      }
    }
  }
  return row;
}

function quotes(text) {
  const row = [];
  for (const paragraph of paragraphs(text)) {
    for (const found of nlp(paragraph[0]).quotations().json({ offset: true })) {
      row.push([...span(text, paragraph, found), null]);
    }
  }
  return row;
}

function cpuSeconds() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

const say = (value) => process.stdout.write(JSON.stringify(value) + "\n");
const read = (texts) => texts.map(task === "quotes" ? quotes : entities);
let texts;
require("node:readline")
  .createInterface({ input: process.stdin })
  .on("line", (line) => {
    if (texts === undefined) {
      texts = JSON.parse(line);
      read(texts.slice(0, 1));
      say(cpuSeconds());
      const found = read(texts);
      say({ found, rss_mib: process.resourceUsage().maxRSS / 1024 });
      return;
    }
    const before = cpuSeconds();
    read(texts);
    say(cpuSeconds() - before);
  });
