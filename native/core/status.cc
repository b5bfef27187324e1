#include "core/status.h"

#include <cerrno>

namespace holdfast {

namespace {

struct Name {
  int error;
  const char* name;
};

#define NAMED(error) \
  { error, #error }
constexpr Name kNames[] = {
    {kLockTimeout, "ELOCKTIMEOUT"},
    {kChanged, "ECHANGED"},
    NAMED(EACCES),
    NAMED(EAGAIN),
    NAMED(EBADF),
    NAMED(EBUSY),
    NAMED(ECANCELED),
    NAMED(EDEADLK),
    NAMED(EEXIST),
    NAMED(EFAULT),
    NAMED(EFBIG),
    NAMED(EINTR),
    NAMED(EINVAL),
    NAMED(EIO),
    NAMED(EISDIR),
    NAMED(ELOOP),
    NAMED(EMFILE),
    NAMED(EMLINK),
    NAMED(ENAMETOOLONG),
    NAMED(ENFILE),
    NAMED(ENODEV),
    NAMED(ENOENT),
    NAMED(ENOLCK),
    NAMED(ENOMEM),
    NAMED(ENOSPC),
    NAMED(ENOSYS),
    NAMED(ENOTDIR),
    NAMED(ENOTEMPTY),
    NAMED(ENOTSUP),
    NAMED(ENXIO),
    NAMED(EOVERFLOW),
    NAMED(EPERM),
    NAMED(EPIPE),
    NAMED(EROFS),
    NAMED(ESPIPE),
    NAMED(ETIMEDOUT),
    NAMED(ETXTBSY),
    NAMED(EXDEV),
#ifdef EDQUOT
    NAMED(EDQUOT),
#endif
#ifdef ESTALE
    NAMED(ESTALE),
#endif
#ifdef EREMOTEIO
    NAMED(EREMOTEIO),
#endif
#ifdef ENOMEDIUM
    NAMED(ENOMEDIUM),
#endif
#ifdef ESHUTDOWN
    NAMED(ESHUTDOWN),
#endif
#ifdef EUCLEAN
    NAMED(EUCLEAN),
#endif
#ifdef ENOTCONN
    NAMED(ENOTCONN),
#endif
};
#undef NAMED

}  // namespace

const char* ErrorName(int error) {
  for (const Name& each : kNames)
    if (each.error == error) return each.name;
  return "EUNKNOWN";
}

const char* PhaseName(Phase phase) {
  switch (phase) {
    case Phase::kCall:
      return "call";
    case Phase::kRead:
      return "read";
    case Phase::kPool:
      return "pool";
    case Phase::kLock:
      return "lock";
    case Phase::kInspect:
      return "inspect";
    case Phase::kStage:
      return "stage";
    case Phase::kCheck:
      return "check";
    case Phase::kAppend:
      return "append";
    case Phase::kFrameFlush:
      return "frame_flush";
    case Phase::kFlush:
      return "flush";
    case Phase::kName:
      return "name";
    case Phase::kPublish:
      return "publish";
  }
  return "call";
}

}  // namespace holdfast
