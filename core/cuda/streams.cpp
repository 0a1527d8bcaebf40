#include <tessera/core/cuda/streams.hpp>

namespace tessera::cuda {
namespace {

constexpr unsigned without_default_stream = 1;  // CU_STREAM_NON_BLOCKING
constexpr unsigned without_timing = 2;          // CU_EVENT_DISABLE_TIMING

struct Mark {
  std::shared_ptr<const Context> context;
  CUevent event = nullptr;
  ~Mark() {
    if (event) context->driver().cuEventDestroy(event);
  }
};

}  // namespace

Streams::~Streams() {
  for (const auto& [number, stream] : made_) context_->driver().cuStreamDestroy(stream);
}

CUstream Streams::operator[](Stream stream) {
  const Driver& driver = context_->enter();
  std::lock_guard lock(mutex_);
  CUstream& s = made_[stream.number];
  if (!s) context_->check(driver.cuStreamCreate(&s, without_default_stream), "cuStreamCreate");
  return s;
}

Event Streams::record(Stream stream) {
  const auto mark = std::make_shared<Mark>();
  mark->context = context_;
  const CUstream s = (*this)[stream];
  context_->check(context_->driver().cuEventCreate(&mark->event, without_timing), "cuEventCreate");
  context_->check(context_->driver().cuEventRecord(mark->event, s), "cuEventRecord");
  return {mark};
}

void Streams::wait(Stream stream, const Event& event) {
  const auto* mark = static_cast<const Mark*>(event.mark.get());
  if (mark) context_->check(context_->driver().cuStreamWaitEvent((*this)[stream], mark->event, 0), "cuStreamWaitEvent");
}

void Streams::wait(const Event& event) {
  const auto* mark = static_cast<const Mark*>(event.mark.get());
  if (mark) context_->check(context_->enter().cuEventSynchronize(mark->event), "cuEventSynchronize");
}

bool Streams::is_done(const Event& event) {
  const auto* mark = static_cast<const Mark*>(event.mark.get());
  const Result result = mark ? context_->enter().cuEventQuery(mark->event) : success;
  if (result != not_ready) context_->check(result, "cuEventQuery");
  return result == success;
}

void Streams::wait(Stream stream) {
  const CUstream s = (*this)[stream];
  context_->check(context_->driver().cuStreamSynchronize(s), "cuStreamSynchronize");
}

}  // namespace tessera::cuda
