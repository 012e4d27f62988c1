/// Bytes in. Every source cuts what it receives into lines, hands them on as batches, and
/// acknowledges nothing before the [dev.vedette.event.Intake] has answered with a receipt. None of
/// them interprets a line, and none of them holds more than a fixed number of bytes.
@NullMarked
package dev.vedette.source;

import org.jspecify.annotations.NullMarked;
