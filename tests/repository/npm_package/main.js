import { roundTrip } from "./round_trip.js";

console.log(await roundTrip());
