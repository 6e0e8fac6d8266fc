package demo

import "strings"

// The values of slots. Every name is invented; a likeness to a real company is chance.
var (
	firstNames = strings.Fields(`Amara Anton Beatriz Bela Carlo Chidi Clara Dana Davit Elif Emil Esra Farah Felix
		Gita Goran Hana Hugo Ilse Imran Ines Ivo Jana Joris Kaito Karin Lars Leila Lina Luca Maja Malik Mara
		Mateo Mina Nadia Nils Noor Olga Omar Pavel Petra Quinn Rafael Rosa Ruben Sana Selma Tarek Tessa Uma
		Viktor Wanda Xenia Yara Yusuf Zeno Zoe`)
	lastNames = strings.Fields(`Abara Adler Almeida Anders Bakker Baranov Bellini Berg Brandt Castell Cerny Costa
		Dahl Demir Dorn Eklund Engel Falk Farkas Ferro Fischer Galan Gruber Haas Hakim Hansen Horvat Ibsen
		Ivanov Jansen Kaya Keller Kimura Klein Kovac Kruger Lange Leclerc Lind Lopes Maier Marin Mendes Moreau
		Nagy Neri Novak Okafor Olsen Ortega Park Petrov Quist Rahman Reyes Rossi Sato Schulz Silva Sorel Tanaka
		Toth Urban Vega Vogel Weber Wolff Yilmaz Zeller Zimmer`)
	companyNames = strings.Fields(`Alderwood Amberline Bluehaven Brightmoor Brookfen Cedarlane Clearwick Copperhill
		Dunmere Eastvale Elmstead Fairglen Fernbrook Goldmarsh Greyford Harrowgate Hazelton Ironbridge Juniper
		Kestrel Larkfield Lindenhof Maplecrest Meadowlark Millrace Nordhaven Oakhurst Pinecroft Quarrybank
		Ravensworth Redwater Rosefield Saltmarsh Silverbeck Stonegate Thornbury Umberfield Valecrest Westmere
		Willowby`)
	companyForms  = []string{"Ltd", "GmbH", "BV", "Supplies", "Trading", "& Sons", "Logistics", "Tools", "Foods", "Print"}
	productStyles = strings.Fields(`compact wireless folding ceramic cordless insulated portable stackable walnut steel
		adjustable rechargeable waterproof modular heavy-duty lightweight`)
	productNouns = strings.Fields(`kettle lamp drill backpack chair blender heater keyboard monitor tent toaster desk
		headset printer speaker scanner router shelf grinder bottle charger camera projector stool`)
	cities = strings.Fields(`Aalborg Basel Bergen Bilbao Brno Cork Debrecen Dijon Essen Faro Gdansk Ghent Graz Haarlem
		Izmir Kaunas Kosice Leeds Lille Linz Lodz Lund Malmo Nantes Odense Oulu Padua Plovdiv Porto Riga Rouen
		Split Tampere Tartu Trieste Turku Ulm Utrecht Varna Zadar`)
	teams = []string{"operations", "procurement", "the platform team", "customer care", "finance", "the legal team",
		"logistics", "product design", "the data team", "facilities", "people operations", "security", "field sales", "quality assurance"}
	topics = []string{"the warehouse move", "the returns portal", "the new price list", "the supplier audit",
		"the mobile app", "the billing migration", "the onboarding course", "the packaging trial", "the night shift",
		"the loyalty programme", "the spare-parts stock", "the courier contract", "the office lease", "the help centre",
		"the energy meters", "the call routing", "the safety training", "the data retention plan", "the spring campaign",
		"the delivery slots", "the service desk rota", "the payment provider", "the product labels", "the backup drill"}
	plans    = []string{"Starter", "Team", "Plus", "Business", "Studio", "Family"}
	months   = strings.Fields("January February March April May June July August September October November December")
	weekdays = strings.Fields("Monday Tuesday Wednesday Thursday Friday Saturday")
)
