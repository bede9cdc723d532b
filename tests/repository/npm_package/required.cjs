const { roundTrip } = require("./round_trip.js");

roundTrip().then((told) => console.log(told));
