// Package whatif reads what a user supposes, other prices and outages, and turns it into scenarios of an evaluation:
// the words of the --price and --outage flags, and price lists, whose format PRICES.md documents. It replays nothing:
// [eval.Scenario] does.
package whatif
