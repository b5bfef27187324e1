// Stands in for a Node that is linked to musl, of which there is none to install here: as much of Node-API as the
// addon needs to register itself, and to open a volume, write, read and fail in it by its own threads.
//
//   musl-host ADDON DIRECTORY      prints one line for each thing that went well; ends with 1 at the first that did not
#include <dlfcn.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum { UNDEFINED, BOOLEAN, NUMBER, TEXT, BYTES, OBJECT, FUNCTION, EXTERNAL, PROMISE } kind;
typedef struct value value;
typedef struct call call;
typedef value* (*function)(void* env, call* info);

struct value {
  kind kind;
  double number;
  char* text;
  size_t length;
  void* data;
  function run;
  value* properties[64];
  char* names[64];
  int count;
  bool settled, rejected;
  value* result;
};
struct call {
  size_t count;
  value** arguments;
  void* data;
};

static value* pending;
static void* instance_data;
static value nothing, global;

static void fail(const char* what, ...) {
  va_list rest;
  va_start(rest, what);
  vfprintf(stderr, what, rest);
  fputc('\n', stderr);
  exit(1);
}

static value* make(kind kind) {
  value* made = calloc(1, sizeof *made);
  made->kind = kind;
  return made;
}
static value* number(double given) {
  value* made = make(NUMBER);
  made->number = given;
  return made;
}
static value* boolean(bool given) {
  value* made = make(BOOLEAN);
  made->number = given;
  return made;
}
static value* bytes(const void* given, size_t length) {
  value* made = make(BYTES);
  made->length = length;
  made->data = malloc(length + 1);
  if (given != NULL) memcpy(made->data, given, length);
  return made;
}
static value* text(const char* given, size_t length) {
  value* made = make(TEXT);
  made->length = length == SIZE_MAX ? strlen(given) : length;
  made->text = strndup(given, made->length);
  return made;
}
static void set(value* object, const char* name, value* given) {
  object->names[object->count] = strdup(name);
  object->properties[object->count++] = given;
}
static value* get(value* object, const char* name) {
  for (int at = 0; at < object->count; at++)
    if (strcmp(object->names[at], name) == 0) return object->properties[at];
  return fail("no property %s", name), NULL;
}

// Node-API, as the addon calls it. Each returns 0 for success.

int napi_create_object(void* env, value** out) { return *out = make(OBJECT), 0; }
int napi_create_double(void* env, double given, value** out) { return *out = number(given), 0; }
int napi_get_boolean(void* env, bool given, value** out) { return *out = boolean(given), 0; }
int napi_get_undefined(void* env, value** out) { return *out = &nothing, 0; }
int napi_get_global(void* env, value** out) { return *out = &global, 0; }
int napi_has_named_property(void* env, value* object, const char* name, bool* out) {
  return *out = object == &global, 0;
}
int napi_create_string_utf8(void* env, const char* given, size_t length, value** out) {
  return *out = text(given, length), 0;
}
int napi_create_error(void* env, value* code, value* message, value** out) {
  *out = make(OBJECT);
  set(*out, "message", message);
  return 0;
}
int napi_create_type_error(void* env, value* code, value* message, value** out) {
  return napi_create_error(env, code, message, out);
}
int napi_throw(void* env, value* error) { return pending = error, 0; }
int napi_is_exception_pending(void* env, bool* out) { return *out = pending != NULL, 0; }
int napi_get_and_clear_last_exception(void* env, value** out) {
  *out = pending;
  pending = NULL;
  return 0;
}
int napi_create_function(void* env, const char* name, size_t length, function run, void* data,
                         value** out) {
  *out = make(FUNCTION);
  (*out)->run = run;
  (*out)->data = data;
  return 0;
}
int napi_set_named_property(void* env, value* object, const char* name, value* given) {
  return set(object, name, given), 0;
}
int napi_create_external(void* env, void* data, void* finalize, void* hint, value** out) {
  *out = make(EXTERNAL);
  (*out)->data = data;
  return 0;
}
int napi_get_value_external(void* env, value* given, void** out) { return *out = given->data, 0; }
int napi_get_value_double(void* env, value* given, double* out) { return *out = given->number, 0; }
int napi_get_value_bool(void* env, value* given, bool* out) { return *out = given->number != 0, 0; }
int napi_get_value_string_utf8(void* env, value* given, char* out, size_t room, size_t* length) {
  if (out == NULL) return *length = given->length, 0;
  snprintf(out, room, "%s", given->text);
  if (length != NULL) *length = given->length;
  return 0;
}
// As napi_valuetype counts them.
int napi_typeof(void* env, value* given, int* out) {
  static const int numbers[] = {0, 2, 3, 4, 6, 6, 7, 8, 6};
  return *out = numbers[given->kind], 0;
}
int napi_is_typedarray(void* env, value* given, bool* out) { return *out = given->kind == BYTES, 0; }
int napi_create_arraybuffer(void* env, size_t length, void** data, value** out) {
  *out = bytes(NULL, length);
  return *data = (*out)->data, 0;
}
// A view of a whole buffer only: the buffer itself.
int napi_create_typedarray(void* env, int type, size_t length, value* buffer, size_t offset,
                           value** out) {
  return *out = buffer, 0;
}
int napi_get_typedarray_info(void* env, value* given, int* type, size_t* length, void** data,
                             value** buffer, size_t* offset) {
  enum { UINT8 = 1 };
  if (type != NULL) *type = UINT8;
  if (length != NULL) *length = given->length;
  if (data != NULL) *data = given->data;
  if (buffer != NULL) *buffer = given;
  if (offset != NULL) *offset = 0;
  return 0;
}
int napi_get_arraybuffer_info(void* env, value* buffer, void** data, size_t* length) {
  if (data != NULL) *data = buffer->data;
  if (length != NULL) *length = buffer->length;
  return 0;
}
int napi_get_cb_info(void* env, call* info, size_t* count, value** out, value** self, void** data) {
  for (size_t at = 0; out != NULL && at < *count; at++)
    out[at] = at < info->count ? info->arguments[at] : &nothing;
  if (count != NULL) *count = info->count;
  if (self != NULL) *self = &nothing;
  if (data != NULL) *data = info->data;
  return 0;
}
int napi_set_instance_data(void* env, void* data, void* finalize, void* hint) {
  return instance_data = data, 0;
}
int napi_get_instance_data(void* env, void** out) { return *out = instance_data, 0; }
int napi_add_env_cleanup_hook(void* env, void* hook, void* data) { return 0; }
int napi_open_handle_scope(void* env, void** out) { return *out = NULL, 0; }
int napi_close_handle_scope(void* env, void* scope) { return 0; }

// One thread-safe function, and the thread that waits for it.

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t woken = PTHREAD_COND_INITIALIZER;
static int calls;
static void* context;
static void (*on_call)(void* env, value* callback, void* context, void* data);

int napi_create_threadsafe_function(void* env, value* run, value* resource, value* name, size_t room,
                                    size_t threads, void* data, void* finalize, void* given,
                                    void* callback, void** out) {
  context = given;
  on_call = callback;
  return *out = &calls, 0;
}
int napi_ref_threadsafe_function(void* env, void* queue) { return 0; }
int napi_unref_threadsafe_function(void* env, void* queue) { return 0; }
int napi_call_threadsafe_function(void* queue, void* data, int mode) {
  pthread_mutex_lock(&mutex);
  calls++;
  pthread_cond_signal(&woken);
  pthread_mutex_unlock(&mutex);
  return 0;
}

int napi_create_promise(void* env, value** deferred, value** promise) {
  return *deferred = *promise = make(PROMISE), 0;
}
int napi_resolve_deferred(void* env, value* deferred, value* result) {
  deferred->settled = true;
  return deferred->result = result, 0;
}
int napi_reject_deferred(void* env, value* deferred, value* error) {
  deferred->rejected = true;
  return napi_resolve_deferred(env, deferred, error);
}

// What none of the calls below gets to.
#define UNUSED(name) \
  int name(void) { return fail("%s was not expected", #name), 1; }
UNUSED(napi_create_array_with_length)
UNUSED(napi_create_bigint_uint64)
UNUSED(napi_create_external_arraybuffer)
UNUSED(napi_create_reference)
UNUSED(napi_define_properties)
UNUSED(napi_delete_reference)
UNUSED(napi_fatal_error)
UNUSED(napi_get_array_length)
UNUSED(napi_get_element)
UNUSED(napi_get_last_error_info)
UNUSED(napi_get_property)
UNUSED(napi_get_reference_value)
UNUSED(napi_has_property)
UNUSED(napi_is_array)
UNUSED(napi_release_threadsafe_function)
UNUSED(napi_set_element)
UNUSED(napi_throw_range_error)

// What JavaScript would do.

static value* invoke(value* exports, const char* name, size_t count, value** arguments) {
  value* called = get(exports, name);
  call info = {count, arguments, called->data};
  value* result = called->run(&global, &info);
  if (pending != NULL) fail("%s: %s", name, get(pending, "message")->text);
  return result;
}
#define CALL(exports, name, ...)                                              \
  invoke(exports, name, sizeof((value*[]){__VA_ARGS__}) / sizeof(value*), \
         (value*[]){__VA_ARGS__})

static value* settled(value* promise) {
  while (!promise->settled) {
    pthread_mutex_lock(&mutex);
    while (calls == 0) pthread_cond_wait(&woken, &mutex);
    calls = 0;
    pthread_mutex_unlock(&mutex);
    on_call(&global, NULL, context, NULL);
  }
  return promise->result;
}
static value* resolved(value* promise) {
  value* result = settled(promise);
  if (promise->rejected) fail("rejected: %s", get(result, "message")->text);
  return result;
}

int main(int count, char** arguments) {
  if (count != 3) fail("usage: musl-host ADDON DIRECTORY");
  void* addon = dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL);
  if (addon == NULL) fail("%s", dlerror());
  value* (*initialise)(void*, value*) = dlsym(addon, "napi_register_module_v1");
  if (initialise == NULL) fail("%s", dlerror());
  value* exports = make(OBJECT);
  initialise(&global, exports);
  printf("registered %d functions\n", exports->count);

  for (int by_table = 0; by_table < 2; by_table++) {
    value* sum = CALL(exports, "crc32c", bytes("123456789", 9), number(0), boolean(by_table));
    if (sum->number != 0xe3069283) fail("crc32c: %f", sum->number);
  }
  printf("crc32c by instruction and by table\n");

  value* directory = text(arguments[2], SIZE_MAX);
  value* opened = resolved(CALL(exports, "openVolume", number(1), directory, boolean(true),
                                number(0600), number(0700), text(".tmp", SIZE_MAX), boolean(false)));
  value* volume = get(opened, "handle");
  printf("a volume that publishes by %s\n", get(opened, "publish")->text);

  value* name = text("file", SIZE_MAX);
  resolved(CALL(exports, "write", number(2), volume, name, bytes("content", 7), boolean(false),
                boolean(true)));
  value* read = resolved(
      CALL(exports, "read", number(3), volume, name, number(0), number(100), boolean(true)));
  if (read->length != 7 || memcmp(read->data, "content", 7) != 0) fail("other content");
  printf("a file written, flushed and read\n");

  value* promise = CALL(exports, "rename", number(4), volume, text("absent", SIZE_MAX), name,
                        boolean(false));
  value* error = settled(promise);
  if (!promise->rejected || strcmp(get(error, "code")->text, "ENOENT") != 0) fail("no ENOENT");
  printf("a failure told as %s\n", get(error, "code")->text);
  return 0;
}
