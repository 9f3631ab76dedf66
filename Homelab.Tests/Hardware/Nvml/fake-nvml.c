/* NVML as a script beside this library says: <library>.script, read again at every count. For the tests of NvmlProbe. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MOST 16

struct device {
    char uuid[96], name[96];
    unsigned long long total, free, reserved;
    unsigned util, temp, power;
    int error;
    int parent;
    unsigned cores, clock;
};

/* Which device holds what for whom; the list is 'c' (computes), 'g' (draws). */
struct holder { char uuid[96]; unsigned pid; unsigned long long bytes; char list; };

static struct device devices[MOST], parts[MOST];
static struct holder holders[256];
static int device_count, part_count, holder_count, init_code, count_code, old_memory, process_form;

static const char *script(void) {
    static char path[4096];
    Dl_info info;
    dladdr((void *)script, &info);
    snprintf(path, sizeof path, "%s.script", info.dli_fname);
    return path;
}

static int hangs(void) {
    char line[512];
    int hang = 0;
    FILE *f = fopen(script(), "r");
    while (f && fgets(line, sizeof line, f)) sscanf(line, "hang %d", &hang);
    if (f) fclose(f);
    return hang;
}

static void load(void) {
    char line[512];
    FILE *f = fopen(script(), "r");
    device_count = part_count = holder_count = init_code = count_code = old_memory = 0;
    process_form = 3;
    while (f && fgets(line, sizeof line, f)) {
        struct device d;
        memset(&d, 0, sizeof d);
        sscanf(line, "init %d", &init_code);
        sscanf(line, "count %d", &count_code);
        sscanf(line, "old %d", &old_memory);
        sscanf(line, "form %d", &process_form);
        char of[96];
        unsigned cores, clock;
        if (sscanf(line, "speed %95s %u %u", of, &cores, &clock) == 3)
            for (int i = 0; i < device_count; i++) if (!strcmp(devices[i].uuid, of)) devices[i].cores = cores, devices[i].clock = clock;
        struct holder h;
        if (holder_count < 256 && sscanf(line, "proc %95s %u %llu %c", h.uuid, &h.pid, &h.bytes, &h.list) == 4) holders[holder_count++] = h;
        if (sscanf(line, "gpu %95s %95s %llu %llu %llu %u %u %u %d", d.uuid, d.name, &d.total, &d.free, &d.reserved, &d.util, &d.temp, &d.power, &d.error) == 9)
            devices[device_count++] = d;
        if (sscanf(line, "mig %d %95s %llu %llu", &d.parent, d.uuid, &d.total, &d.free) == 4)
            parts[part_count++] = d;
    }
    if (f) fclose(f);
}

int nvmlInit_v2(void) { load(); return init_code; }
int nvmlShutdown(void) { return 0; }
int nvmlDeviceGetCount_v2(unsigned *count) { load(); *count = device_count; return count_code; }

int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device) {
    *device = &devices[index];
    return devices[index].error == 15 ? 15 : 0;
}

int nvmlDeviceGetMigMode(void *device, unsigned *current, unsigned *pending) {
    *current = *pending = 0;
    for (int i = 0; i < part_count; i++) if (&devices[parts[i].parent] == device) *current = 1;
    return 0;
}

int nvmlDeviceGetMaxMigDeviceCount(void *device, unsigned *count) { *count = 7; return 0; }

int nvmlDeviceGetMigDeviceHandleByIndex(void *device, unsigned index, void **part) {
    for (int i = 0; i < part_count; i++)
        if (&devices[parts[i].parent] == device && index-- == 0) { *part = &parts[i]; return 0; }
    return 6;
}

int nvmlDeviceGetUUID(void *device, char *text, unsigned length) { snprintf(text, length, "%s", ((struct device *)device)->uuid); return 0; }

int nvmlDeviceGetName(void *device, char *text, unsigned length) {
    struct device *d = device;
    if (!d->name[0]) return 3;
    snprintf(text, length, "%s", d->name);
    return 0;
}

struct memory1 { unsigned long long total, free, used; };
struct memory2 { unsigned version; unsigned long long total, reserved, free, used; };

static int memory(struct device *d) {
    while (hangs()) usleep(5000);
    return d->error;
}

int nvmlDeviceGetMemoryInfo(void *device, struct memory1 *m) {
    struct device *d = device;
    int error = memory(d);
    if (error) return error;
    m->total = d->total; m->free = d->free; m->used = d->total - d->free;
    return 0;
}

int nvmlDeviceGetMemoryInfo_v2(void *device, struct memory2 *m) {
    struct device *d = device;
    int error;
    if (old_memory || m->version != (sizeof(struct memory2) | 2u << 24)) return 13;
    if ((error = memory(d))) return error;
    m->total = d->total; m->reserved = d->reserved; m->free = d->free; m->used = d->total - d->reserved - d->free;
    return 0;
}

struct process1 { unsigned pid; unsigned long long used; };
struct process2 { unsigned pid; unsigned long long used; unsigned gpu_instance, compute_instance; };
_Static_assert(sizeof(struct process1) == 16 && sizeof(struct process2) == 24 && sizeof(struct memory2) == 40, "as in nvml.h");

static int processes(void *device, char list, int form, unsigned *count, void *out) {
    struct device *d = device;
    unsigned room = *count, n = 0;
    if (form > process_form) return 13;
    for (int i = 0; i < holder_count; i++) {
        if (holders[i].list != list || strcmp(holders[i].uuid, d->uuid)) continue;
        if (n < room && form == 1) ((struct process1 *)out)[n] = (struct process1){holders[i].pid, holders[i].bytes};
        else if (n < room) ((struct process2 *)out)[n] = (struct process2){holders[i].pid, holders[i].bytes, 0xFFFFFFFF, 0xFFFFFFFF};
        n++;
    }
    *count = n;
    return n > room ? 7 : 0;
}

int nvmlDeviceGetComputeRunningProcesses(void *d, unsigned *n, void *out) { return processes(d, 'c', 1, n, out); }
int nvmlDeviceGetComputeRunningProcesses_v2(void *d, unsigned *n, void *out) { return processes(d, 'c', 2, n, out); }
int nvmlDeviceGetComputeRunningProcesses_v3(void *d, unsigned *n, void *out) { return processes(d, 'c', 3, n, out); }
int nvmlDeviceGetGraphicsRunningProcesses(void *d, unsigned *n, void *out) { return processes(d, 'g', 1, n, out); }
int nvmlDeviceGetGraphicsRunningProcesses_v2(void *d, unsigned *n, void *out) { return processes(d, 'g', 2, n, out); }
int nvmlDeviceGetGraphicsRunningProcesses_v3(void *d, unsigned *n, void *out) { return processes(d, 'g', 3, n, out); }

struct rates { unsigned gpu, memory; };
int nvmlDeviceGetUtilizationRates(void *device, struct rates *r) {
    struct device *d = device;
    if (!d->name[0]) return 3;
    r->gpu = d->util; r->memory = 0;
    return 0;
}

int nvmlDeviceGetTemperature(void *device, int sensor, unsigned *degrees) { *degrees = ((struct device *)device)->temp; return sensor; }
int nvmlDeviceGetPowerUsage(void *device, unsigned *milliwatts) { *milliwatts = ((struct device *)device)->power; return 0; }
int nvmlDeviceGetNumGpuCores(void *device, unsigned *cores) { return (*cores = ((struct device *)device)->cores) ? 0 : 3; }
int nvmlDeviceGetMaxClockInfo(void *device, int type, unsigned *clock) { *clock = ((struct device *)device)->clock; return type == 1 ? 0 : 3; }
int nvmlDeviceGetCurrPcieLinkWidth(void *device, unsigned *width) { *width = 16; return 0; }
const char *nvmlErrorString(int code) { return code == 15 ? "GPU is lost" : code == 999 ? "Unknown Error" : "Error"; }
