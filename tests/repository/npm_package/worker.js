import { roundTrip } from "./round_trip.js";

export default {
  async fetch() {
    return new Response(await roundTrip());
  },
};
