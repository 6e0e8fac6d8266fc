// Package imports turns the outputs of other tools into rows of labeled traffic, one file of code per format.
//
// An import joins what several models did on the same requests. It never guesses: an outcome that a source does not
// hold is absent, a figure that it does not prove is null, and whatever a reader should know about the rest stands
// in the [Report]. Its rules, the same for all formats:
//
//   - Requests are joined by a key that does not depend on the order of a run. The same key with another prompt or
//     another expected answer is an error that names both places.
//   - The same key and model again is a repeat; [Options.Repeats] says what becomes of it.
//   - A failed call has an error and no quality; a wrong answer has a quality and no error; an answer that nobody
//     graded, or whose grader crashed, has neither.
//   - Quality is in [0, 1], or is brought there by [Options.Scale]; nothing is ever clamped.
//   - A cost of 0 is kept only where the source proves that it was recorded. Token counts that are all 0 beside an
//     answer are null. Input tokens include the cached ones, also where the source counts them apart.
//   - JSON may hold NaN and Infinity, as Python writes them; files may be compressed with gzip.
//
// The formats, their options and their traps are described in FORMATS.md beside this package. What is not here comes
// in as CSV or JSON Lines with [Options.Fields], or through DuckDB.
package imports
