/// A complete reader, compiler and matcher of Sigma, the open detection standard, as a library.
///
/// The story in four steps, each a small type and a pure step to the next:
///
/// 1. [dev.vedette.sigma.RuleReader] turns YAML files into a [dev.vedette.sigma.RuleSet]: documents
///    ([dev.vedette.sigma.DetectionRule], [dev.vedette.sigma.CorrelationRule]) and every
///    [dev.vedette.sigma.RuleProblem] with file, line and column. A rule is never dropped silently
///    and never half understood.
/// 2. [dev.vedette.sigma.SigmaEngine] compiles the set for one [dev.vedette.sigma.FieldMapping]:
///    every string test becomes an *atom*; atoms that read the same field share one automaton and
///    one table of exact values; each rule becomes a branching program over atoms, and is listed
///    under a few *required* atoms without which it cannot fire. The engine is immutable and
///    shared.
/// 3. [dev.vedette.sigma.SigmaMatcher], one per worker, scans the fields of an event once, collects
///    the rules whose required atoms were seen, and runs only their programs. An event that matches
///    nothing allocates nothing.
/// 4. [dev.vedette.sigma.Correlator], in the ordered stage, counts
///    [dev.vedette.sigma.CorrelationHits] in sliding windows of event time and answers with
///    [dev.vedette.sigma.Correlation]s.
///
/// @see <a href="https://github.com/SigmaHQ/sigma-specification">The Sigma specification 2.1</a>
@NullMarked
package dev.vedette.sigma;

import org.jspecify.annotations.NullMarked;
