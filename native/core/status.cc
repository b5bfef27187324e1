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

}  // namespace holdfast
