/// The whole product, wired: [dev.vedette.app.Main] is the command line, [dev.vedette.app.Flow]
/// connects the stages of `serve` from top to bottom, [dev.vedette.app.Engine] is what reads,
/// matches and correlates in `serve` and `analyze` alike.
@NullMarked
package dev.vedette.app;

import org.jspecify.annotations.NullMarked;
