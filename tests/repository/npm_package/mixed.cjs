/** Requires and imports every entry in one program. Each class exists once. */
const required = Object.values(require("./entries.js").entries);

async function compare() {
  const imported = Object.values((await import("./entries.js")).entries);
  const { differences, roundTrip } = await import("./round_trip.js");
  console.log(
    differences([...required, ...imported]).join() || await roundTrip(),
  );
}

compare();
