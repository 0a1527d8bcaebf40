#pragma once
// Progress on stderr: a bar that redraws itself on a terminal, otherwise a line every few seconds.
//   mean of x  [#########-----------]  45 %  921 MiB read, 3.1 GiB/s, 0:00 left
//   2/3 x - mean  [##------------------]  12 %  exchanging, 96.0 MiB of 800 MiB, 0:07 left
#include <functional>
#include <string>

#include "options.hpp"

namespace tessera::command {

class Progress {
 public:
  /// terminal: stderr is one. `off` and `quiet` show nothing; `on` shows lines also where auto would not.
  Progress(ProgressMode mode, bool quiet, bool terminal);
  bool is_shown() const { return interval_ > 0; }
  void update(const SessionOptions::Progress& p);
  /// Clears the bar, so that what follows starts on a clean line.
  void finish();

 private:
  bool bar_ = false, drawn_ = false;
  double interval_ = 0, last_ = 0;
};

/// One line without its end.
std::string progress_line(const SessionOptions::Progress& p, bool bar);

}  // namespace tessera::command
