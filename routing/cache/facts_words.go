package cache

import "strings"

func set(words string) map[string]bool {
	out := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		out[w] = true
	}
	return out
}

// negations of the languages below. A word that denies in one and does not in another is taken to deny: the count of both
// texts is compared, so that this costs only where one text has it and the other has not.
var negations = set(`
	not no never none nobody nothing neither nor without cannot cant dont doesnt isnt arent wont wouldnt shouldnt couldnt
	didnt wasnt werent hasnt havent hadnt except unless avoid stop against unable impossible
	nicht kein keine keinen keiner keines nie niemals niemand nichts ohne weder
	ne pas jamais rien sans aucun aucune personne
	nunca jamás nada nadie ninguno ninguna sin tampoco
	non mai niente nessuno nessuna senza
	não nao nunca nada ninguém sem nenhum nenhuma
	niet geen nooit niemand niets zonder
	не нет никогда ничего никто без`)

// numberWords are numbers that are written out.
var numberWords = map[string]string{
	"zero": "0", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
	"ten": "10", "eleven": "11", "twelve": "12", "twenty": "20", "thirty": "30", "forty": "40", "fifty": "50", "hundred": "100",
	"thousand": "1000", "million": "1000000", "billion": "1000000000", "first": "1", "second": "2", "third": "3", "twice": "2",
	"double": "2", "half": "1/2",
}

// dateWords are days, months and times; may and march count only with a capital.
var dateWords = set(`
	monday tuesday wednesday thursday friday saturday sunday
	january february march april may june july august september october november december
	today tomorrow yesterday tonight morning evening night weekend week month year day hour minute
	days weeks months years hours minutes daily weekly monthly yearly annually
	montag dienstag mittwoch donnerstag freitag samstag sonntag heute morgen gestern
	lundi mardi mercredi jeudi vendredi samedi dimanche demain hier
	lunes martes miércoles jueves viernes sábado domingo hoy mañana ayer`)

// openers are words that sentences open with, and which are no names though they have a capital there.
var openers = set(`
	a about after all also am an and any anyone are as at be because been before being best between but by can could describe
	did do does during each either every explain find for from get give had has have he help her here his how however if in
	instead is it its just let like list make many may me might more most much must my name need new now of off on once one only
	or other our out over please provide say several she should show since so some suppose tell than that the their then there
	these they this those though through to translate under until up upon us use very was we were what whats when where whether
	which while who whom whose why will with would write yes you your summarise summarize compare convert calculate create
	generate classify extract rewrite fix hello hi hey thanks thank someone something people
	der die das ein eine ist sind was wie wo wann warum wer welche welcher kann können ich wir sie es bitte gibt hat haben
	le la les un une est sont que qui quoi comment où quand pourquoi quel quelle je nous vous il elle peut pouvez
	el los las una es son qué quién cómo dónde cuándo cuál puede puedo por favor yo`)

// languages by their small words.
var languages = [...]struct {
	name  string
	words map[string]bool
}{
	{"en", set("the is are was were of and to in what how why does do can you it that for with have has my your i this be or")},
	{"de", set("der die das ist sind war und zu ich du sie es wie warum wer kann mit für ein eine von den dem nicht auf wo habe")},
	{"fr", set("le la les est sont et de des du je vous nous il elle que qui comment pourquoi pour avec un une dans mon ma où au")},
	{"es", set("el la los las es son y de del que qué cómo por para con un una en mi yo cuál dónde puedo se lo al")},
	{"it", set("il lo la gli le è sono e di del della che come perché per con un una in mio dove posso si nel")},
	{"pt", set("o a os as é são e de do da que como por para com um uma em meu onde posso se no na")},
	{"nl", set("de het een is zijn en van ik je u wat hoe waarom wie kan met voor op in niet mijn waar dat")},
}
