// Reads cards (JSON, one a line) and writes what the reference parser of Adaptive Cards finds wrong with each (JSON, one a line).
const AC = require(process.argv[2]);
const lines = require("fs").readFileSync(0, "utf8").split("\n").filter((line) => line.trim());
for (const line of lines) {
  const card = new AC.AdaptiveCard();
  const context = new AC.SerializationContext(AC.Versions.v1_5);
  card.parse(JSON.parse(line), context);
  const found = [];
  for (let n = 0; n < context.eventCount; n++) found.push(context.getEventAt(n).message);
  const checked = card.validateProperties();
  for (const event of checked.validationEvents) found.push(event.message);
  console.log(JSON.stringify({ faults: found, inputs: card.getAllInputs().length, items: card.getItemCount() }));
}
