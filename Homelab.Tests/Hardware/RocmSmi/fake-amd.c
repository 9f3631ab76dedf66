/* ROCm SMI and AMD SMI as a script beside this library says: <library>.script, read again at every count. For the tests of AmdProbe.
   Built with -DAMD_SMI it is the latter. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define MOST 16

struct gpu { char name[64]; unsigned long long bdf, vram, vram_used, gtt, gtt_used; unsigned busy; long long temp; unsigned long long power; };

static struct gpu gpus[MOST];
static unsigned count;
static int init_code, count_code;

static void load(void) {
    char path[4096], line[512];
    Dl_info info;
    dladdr((void *)load, &info);
    snprintf(path, sizeof path, "%s.script", info.dli_fname);
    FILE *f = fopen(path, "r");
    count = 0;
    init_code = count_code = 0;
    while (f && fgets(line, sizeof line, f)) {
        struct gpu g;
        memset(&g, 0, sizeof g);
        sscanf(line, "init %d", &init_code);
        sscanf(line, "count %d", &count_code);
        if (sscanf(line, "gpu %63s %llx %llu %llu %llu %llu %u %lld %llu", g.name, &g.bdf, &g.vram, &g.vram_used, &g.gtt, &g.gtt_used, &g.busy, &g.temp, &g.power) == 9)
            gpus[count++] = g;
    }
    if (f) fclose(f);
}

static int memory(struct gpu *g, int type, int used, uint64_t *bytes) {
    if (g->vram == 0) return 2;
    *bytes = type == 0 ? (used ? g->vram_used : g->vram) : (used ? g->gtt_used : g->gtt);
    return type == 1 ? 2 : 0;
}

#ifndef AMD_SMI

int rsmi_init(uint64_t flags) { load(); return init_code; }
int rsmi_shut_down(void) { return 0; }
int rsmi_num_monitor_devices(uint32_t *n) { load(); *n = count; return count_code; }
int rsmi_dev_pci_id_get(uint32_t i, uint64_t *bdf) { *bdf = gpus[i].bdf; return 0; }
int rsmi_dev_name_get(uint32_t i, char *name, size_t length) { snprintf(name, length, "%s", gpus[i].name); return 0; }
int rsmi_dev_memory_total_get(uint32_t i, int type, uint64_t *bytes) { return memory(&gpus[i], type, 0, bytes); }
int rsmi_dev_memory_usage_get(uint32_t i, int type, uint64_t *bytes) { return memory(&gpus[i], type, 1, bytes); }
int rsmi_dev_busy_percent_get(uint32_t i, uint32_t *percent) { *percent = gpus[i].busy; return 0; }
int rsmi_dev_temp_metric_get(uint32_t i, uint32_t sensor, int metric, int64_t *value) { *value = gpus[i].temp * 1000; return sensor || metric; }
int rsmi_dev_power_ave_get(uint32_t i, uint32_t sensor, uint64_t *microwatts) { *microwatts = gpus[i].power; return sensor ? 2 : 0; }

#else

/* Two sockets: one with the first GPU, one with the others. */
static int sockets[2];

int amdsmi_init(uint64_t flags) { load(); return flags == 2 ? init_code : 1; }
int amdsmi_shut_down(void) { return 0; }
int amdsmi_get_socket_handles(uint32_t *n, void **handles) {
    load();
    if (count_code) return count_code;
    uint32_t have = count > 1 ? 2 : count;
    if (handles) for (uint32_t i = 0; i < have && i < *n; i++) handles[i] = &sockets[i];
    *n = have;
    return 0;
}
int amdsmi_get_processor_handles(void *socket, uint32_t *n, void **handles) {
    uint32_t first = socket == &sockets[0] ? 0 : 1, have = socket == &sockets[0] ? 1 : count - 1;
    if (handles) for (uint32_t i = 0; i < have && i < *n; i++) handles[i] = &gpus[first + i];
    *n = have;
    return 0;
}
int amdsmi_get_gpu_bdf_id(struct gpu *g, uint64_t *bdf) { *bdf = g->bdf; return 0; }
int amdsmi_get_gpu_memory_total(struct gpu *g, int type, uint64_t *bytes) { return memory(g, type, 0, bytes); }
int amdsmi_get_gpu_memory_usage(struct gpu *g, int type, uint64_t *bytes) { return memory(g, type, 1, bytes); }
/* amdsmi_asic_info_t of ROCm 7.14 has 896 bytes and begins with the name. */
int amdsmi_get_gpu_asic_info(struct gpu *g, char *info) { memset(info, 0xff, 896); snprintf(info, 256, "%s", g->name); return 0; }
int amdsmi_get_gpu_activity(struct gpu *g, uint32_t *usage) { memset(usage, 0xff, 64); usage[0] = g->busy; return 0; }
int amdsmi_get_temp_metric(struct gpu *g, int type, int metric, int64_t *value) { *value = g->temp; return type || metric; }

#endif
