/// Finds hundreds of byte patterns in one pass.
///
/// The way of a pattern, one type per step:
/// 1. [dev.vedette.pattern.Pattern] is made from a literal, a wildcard or a regular expression
///    (`RegexParser`) and is a small tree (`Node`) over sets of characters (`CodePoints`).
/// 2. `Shape` drops what "does it match somewhere" does not depend on. `Factors` keeps patterns
///    with gaps out of the shared automaton and leaves only what every match must contain.
/// 3. `Nfa` is all of a [dev.vedette.pattern.PatternSet] as one nondeterministic automaton over
///    bytes. Up to here everything is immutable and shared.
/// 4. A [dev.vedette.pattern.Scanner], one per worker, runs it. `Dfa` builds deterministic states
///    as haystacks need them, within a cap of bytes; `Stepper` computes them, and walks alone where
///    building does not pay. `Hits` collects.
///
/// Where in the haystack a pattern matches is a second question, asked of few haystacks: `Finder`.
///
/// Bounds: memory per scanner is the cache size given, plus working sets in proportion to the
/// patterns. Time per haystack is linear in its bytes: one walk, and one more for each pattern
/// whose factors all occur; where building states does not pay, a byte costs a visit to each live
/// NFA state. No input changes that. Figures and what was tried:
/// `docs/decisions/pattern-engine.md`.
@NullMarked
package dev.vedette.pattern;

import org.jspecify.annotations.NullMarked;
