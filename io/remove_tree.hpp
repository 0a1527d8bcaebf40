#pragma once
// Removing a folder with all that is in it, also from a signal handler.

namespace tessera::io {

/// Removes what `name` in the open folder `at` is: a file, a link (not what it leads to), or a folder with all that is
/// in it. Async-signal-safe: takes no memory and never throws. returns: whether nothing of it is left.
bool remove_tree(int at, const char* name) noexcept;

}  // namespace tessera::io
