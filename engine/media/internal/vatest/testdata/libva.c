// A stand-in for libva, libva-drm and the driver of a graphics card that codes VP8: it codes with libvpx what a driver would code, by the
// parameters that it is given. It is strict: a call out of order, a buffer of the wrong size or a reference that is not what decoders
// would have fails, and is told in the file $STANDIN_LOG. So is what was not given back when the display is closed.
//
// $STANDIN_FAULT is what is wrong with it, and $STANDIN_FROM the picture with which that begins: garbage, hang, crash, slow, fail, deaf (to the
// bit rate), keyless, greedy (spare pictures are references), blurred, noinit, novp8.
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <va/va.h>
#include <va/va_drm.h>
#include <vpx/vp8cx.h>
#include <vpx/vpx_encoder.h>

#define API __attribute__((visibility("default")))

enum { MOST = 64 };
typedef struct {
	int used, w, h;
	uint8_t *nv12;
} surface;
typedef struct {
	int used, mapped;
	VABufferType type;
	unsigned size;
	void *data;
	VACodedBufferSegment segment;
} buffer;

static struct {
	int display, open, pictures, config, context, w, h, drawing;
	surface surfaces[MOST];
	buffer buffers[MOST];
	VAImage image;
	VASurfaceID target, last, golden, alternate, waiting;
	VAEncSequenceParameterBufferVP8 seq;
	VAEncPictureParameterBufferVP8 pic;
	int has_seq, has_pic, has_quantizers, bps, fps, buffer_bits;
	int told; // the bit rate
	vpx_codec_ctx_t codec;
	vpx_codec_enc_cfg_t cfg;
	int coding; // codec is open
	vpx_image_t *i420;
} it;

static void say(const char *format, ...) {
	va_list args;
	const char *path = getenv("STANDIN_LOG");
	FILE *f = path == NULL ? NULL : fopen(path, "a");
	if (f == NULL) return;
	va_start(args, format);
	vfprintf(f, format, args);
	va_end(args);
	fputc('\n', f);
	fclose(f);
}

static int fault(const char *name) {
	const char *is = getenv("STANDIN_FAULT"), *from = getenv("STANDIN_FROM");
	return is != NULL && strcmp(is, name) == 0 && it.pictures >= (from == NULL ? 0 : atoi(from));
}

// MUST fails the call if the caller is wrong.
#define MUST(condition) \
	do { \
		if (!(condition)) { \
			say("%s: not so: %s", __func__, #condition); \
			return VA_STATUS_ERROR_INVALID_PARAMETER; \
		} \
	} while (0)
#define OPEN(display_) MUST((display_) == (VADisplay)&it && it.open)
// Numbers of each kind begin elsewhere, so that none is taken for another.
enum { CONFIG = 0x100, CONTEXT = 0x200, SURFACE = 0x300, BUFFER = 0x400, IMAGE = 0x500 };

static surface *surface_of(VASurfaceID id) {
	return id >= SURFACE && id < SURFACE + MOST && it.surfaces[id - SURFACE].used ? &it.surfaces[id - SURFACE] : NULL;
}
static buffer *buffer_of(VABufferID id) { return id >= BUFFER && id < BUFFER + MOST && it.buffers[id - BUFFER].used ? &it.buffers[id - BUFFER] : NULL; }

API VADisplay vaGetDisplayDRM(int fd) {
	char byte;
	if (read(fd, &byte, 0) != 0) return NULL;
	it.display = 1;
	return &it;
}
API const char *vaErrorStr(VAStatus status) { return status == VA_STATUS_SUCCESS ? "success" : status == VA_STATUS_ERROR_ENCODING_ERROR ? "encoding error" : "invalid parameter"; }
API VAStatus vaInitialize(VADisplay d, int *major, int *minor) {
	MUST(d == (VADisplay)&it && it.display && !it.open);
	if (fault("noinit")) return VA_STATUS_ERROR_ENCODING_ERROR;
	it.open = 1;
	*major = 1;
	*minor = 17;
	return VA_STATUS_SUCCESS;
}
API const char *vaQueryVendorString(VADisplay d) { return d == (VADisplay)&it ? "Stand-in driver 1.0" : NULL; }
API int vaMaxNumEntrypoints(VADisplay d) { return d == (VADisplay)&it ? 4 : 0; }
API VAStatus vaQueryConfigEntrypoints(VADisplay d, VAProfile p, VAEntrypoint *list, int *count) {
	OPEN(d);
	if (p != VAProfileVP8Version0_3) return VA_STATUS_ERROR_UNSUPPORTED_PROFILE;
	*count = 0;
	list[(*count)++] = VAEntrypointVLD;
	if (!fault("novp8")) list[(*count)++] = VAEntrypointEncSlice;
	return VA_STATUS_SUCCESS;
}
API VAStatus vaGetConfigAttributes(VADisplay d, VAProfile p, VAEntrypoint e, VAConfigAttrib *list, int count) {
	OPEN(d);
	MUST(p == VAProfileVP8Version0_3 && e == VAEntrypointEncSlice);
	for (int i = 0; i < count; i++) {
		list[i].value = VA_ATTRIB_NOT_SUPPORTED;
		if (list[i].type == VAConfigAttribRTFormat) list[i].value = VA_RT_FORMAT_YUV420;
		if (list[i].type == VAConfigAttribRateControl) list[i].value = VA_RC_CQP | VA_RC_CBR;
	}
	return VA_STATUS_SUCCESS;
}
API VAStatus vaCreateConfig(VADisplay d, VAProfile p, VAEntrypoint e, VAConfigAttrib *list, int count, VAConfigID *id) {
	OPEN(d);
	MUST(p == VAProfileVP8Version0_3 && e == VAEntrypointEncSlice && !it.config && count == 2);
	MUST(list[0].type == VAConfigAttribRTFormat && list[0].value == VA_RT_FORMAT_YUV420);
	MUST(list[1].type == VAConfigAttribRateControl && list[1].value == VA_RC_CBR);
	it.config = 1;
	*id = CONFIG;
	return VA_STATUS_SUCCESS;
}
API VAStatus vaDestroyConfig(VADisplay d, VAConfigID id) {
	OPEN(d);
	MUST(id == CONFIG && it.config && !it.context);
	it.config = 0;
	return VA_STATUS_SUCCESS;
}
API VAStatus vaCreateSurfaces(VADisplay d, unsigned format, unsigned w, unsigned h, VASurfaceID *ids, unsigned count, VASurfaceAttrib *a, unsigned attributes) {
	OPEN(d);
	(void)a;
	MUST(format == VA_RT_FORMAT_YUV420 && w > 0 && h > 0 && w % 16 == 0 && h % 16 == 0 && attributes == 0);
	for (unsigned i = 0, n = 0; n < count; i++) {
		MUST(i < MOST);
		if (it.surfaces[i].used) continue;
		it.surfaces[i] = (surface){1, w, h, calloc(w * h, 3)};
		ids[n++] = SURFACE + i;
	}
	return VA_STATUS_SUCCESS;
}
API VAStatus vaDestroySurfaces(VADisplay d, VASurfaceID *ids, int count) {
	OPEN(d);
	for (int i = 0; i < count; i++) {
		surface *s = surface_of(ids[i]);
		MUST(s != NULL);
		free(s->nv12);
		s->used = 0;
	}
	return VA_STATUS_SUCCESS;
}
API VAStatus vaCreateContext(VADisplay d, VAConfigID config, int w, int h, int flag, VASurfaceID *ids, int count, VAContextID *id) {
	OPEN(d);
	MUST(config == CONFIG && it.config && !it.context && flag == VA_PROGRESSIVE);
	for (int i = 0; i < count; i++) MUST(surface_of(ids[i]) != NULL && surface_of(ids[i])->w == w && surface_of(ids[i])->h == h);
	it.context = 1;
	it.w = w;
	it.h = h;
	it.last = it.golden = it.alternate = VA_INVALID_SURFACE;
	it.bps = it.told = it.fps = 0;
	*id = CONTEXT;
	return VA_STATUS_SUCCESS;
}
API VAStatus vaDestroyContext(VADisplay d, VAContextID id) {
	OPEN(d);
	MUST(id == CONTEXT && it.context && !it.drawing);
	it.context = 0;
	if (it.coding) vpx_codec_destroy(&it.codec);
	if (it.i420 != NULL) vpx_img_free(it.i420);
	it.coding = 0;
	it.i420 = NULL;
	return VA_STATUS_SUCCESS;
}

API VAStatus vaCreateBuffer(VADisplay d, VAContextID context, VABufferType type, unsigned size, unsigned count, void *data, VABufferID *id) {
	OPEN(d);
	MUST(context == CONTEXT && it.context && count == 1 && size > 0);
	if (type == VAEncSequenceParameterBufferType) MUST(size == sizeof(VAEncSequenceParameterBufferVP8));
	if (type == VAEncPictureParameterBufferType) MUST(size == sizeof(VAEncPictureParameterBufferVP8));
	if (type == VAQMatrixBufferType) MUST(size == sizeof(VAQMatrixBufferVP8));
	if (type == VAEncCodedBufferType) MUST(data == NULL && size >= (unsigned)(it.w * it.h));
	for (int i = 0; i < MOST; i++) {
		if (it.buffers[i].used) continue;
		it.buffers[i] = (buffer){.used = 1, .type = type, .size = size, .data = calloc(1, size)};
		if (data != NULL) memcpy(it.buffers[i].data, data, size);
		*id = BUFFER + i;
		return VA_STATUS_SUCCESS;
	}
	MUST(0 && "so many buffers");
	return 0;
}
API VAStatus vaDestroyBuffer(VADisplay d, VABufferID id) {
	OPEN(d);
	buffer *b = buffer_of(id);
	MUST(b != NULL && !b->mapped);
	free(b->data);
	b->used = 0;
	return VA_STATUS_SUCCESS;
}
API VAStatus vaMapBuffer(VADisplay d, VABufferID id, void **to) {
	OPEN(d);
	buffer *b = buffer_of(id);
	MUST(b != NULL && !b->mapped);
	MUST(b->type == VAImageBufferType || b->type == VAEncCodedBufferType);
	if (b->type == VAEncCodedBufferType) MUST(it.waiting == VA_INVALID_SURFACE);
	b->mapped = 1;
	*to = b->type == VAEncCodedBufferType ? (void *)&b->segment : b->data;
	return VA_STATUS_SUCCESS;
}
API VAStatus vaUnmapBuffer(VADisplay d, VABufferID id) {
	OPEN(d);
	buffer *b = buffer_of(id);
	MUST(b != NULL && b->mapped);
	b->mapped = 0;
	return VA_STATUS_SUCCESS;
}

API VAStatus vaCreateImage(VADisplay d, VAImageFormat *format, int w, int h, VAImage *image) {
	OPEN(d);
	MUST(format->fourcc == VA_FOURCC_NV12 && w > 0 && h > 0 && it.image.image_id == 0);
	unsigned pitch = w + 64; // as drivers align them
	VABufferID id = VA_INVALID_ID;
	VAStatus status = vaCreateBuffer(d, CONTEXT, VAImageBufferType, pitch * h * 3 / 2, 1, NULL, &id);
	if (status != VA_STATUS_SUCCESS) return status;
	*image = it.image = (VAImage){.image_id = IMAGE, .format = *format, .buf = id, .width = w, .height = h, .data_size = pitch * h * 3 / 2,
		.num_planes = 2, .pitches = {pitch, pitch}, .offsets = {0, pitch * h}};
	return VA_STATUS_SUCCESS;
}
API VAStatus vaDestroyImage(VADisplay d, VAImageID id) {
	OPEN(d);
	MUST(id == IMAGE && it.image.image_id == IMAGE);
	it.image.image_id = 0;
	return vaDestroyBuffer(d, it.image.buf);
}
API VAStatus vaPutImage(VADisplay d, VASurfaceID to, VAImageID id, int sx, int sy, unsigned sw, unsigned sh, int dx, int dy, unsigned dw, unsigned dh) {
	OPEN(d);
	surface *s = surface_of(to);
	MUST(s != NULL && id == IMAGE && it.image.image_id == IMAGE && !buffer_of(it.image.buf)->mapped && !it.drawing);
	MUST(sx == 0 && sy == 0 && dx == 0 && dy == 0 && sw == dw && sh == dh && (int)sw == s->w && (int)sh == s->h);
	for (int y = 0; y < s->h * 3 / 2; y++) memcpy(s->nv12 + y * s->w, (uint8_t *)buffer_of(it.image.buf)->data + y * it.image.pitches[0], s->w);
	return VA_STATUS_SUCCESS;
}

API VAStatus vaBeginPicture(VADisplay d, VAContextID context, VASurfaceID target) {
	OPEN(d);
	MUST(context == CONTEXT && it.context && !it.drawing && surface_of(target) != NULL);
	it.drawing = 1;
	it.target = target;
	it.has_seq = it.has_pic = it.has_quantizers = 0;
	return VA_STATUS_SUCCESS;
}

static VAStatus misc(const VAEncMiscParameterBuffer *m, unsigned size) {
	const unsigned body = size - sizeof *m;
	switch ((int)m->type) {
	case VAEncMiscParameterTypeHRD:
		MUST(body == sizeof(VAEncMiscParameterHRD));
		it.buffer_bits = ((const VAEncMiscParameterHRD *)m->data)->buffer_size;
		break;
	case VAEncMiscParameterTypeFrameRate:
		MUST(body == sizeof(VAEncMiscParameterFrameRate));
		it.fps = ((const VAEncMiscParameterFrameRate *)m->data)->framerate;
		MUST(it.fps > 0 && it.fps < 256);
		break;
	case VAEncMiscParameterTypeRateControl: {
		MUST(body == sizeof(VAEncMiscParameterRateControl));
		const VAEncMiscParameterRateControl *r = (const void *)m->data;
		MUST(r->target_percentage == 100 && r->min_qp < r->max_qp && r->max_qp < 128);
		MUST(r->rc_flags.bits.reset || (int)r->bits_per_second == it.told);
		it.told = r->bits_per_second;
		if (!fault("deaf") || it.bps == 0) it.bps = it.told;
		break;
	}
	default: MUST(0 && "a known parameter");
	}
	return VA_STATUS_SUCCESS;
}

API VAStatus vaRenderPicture(VADisplay d, VAContextID context, VABufferID *ids, int count) {
	OPEN(d);
	MUST(context == CONTEXT && it.drawing);
	for (int i = 0; i < count; i++) {
		buffer *b = buffer_of(ids[i]);
		VAStatus status = VA_STATUS_SUCCESS;
		MUST(b != NULL && !b->mapped);
		switch ((int)b->type) {
		case VAEncSequenceParameterBufferType:
			MUST(!it.has_pic);
			it.seq = *(VAEncSequenceParameterBufferVP8 *)b->data;
			it.has_seq = 1;
			break;
		case VAEncPictureParameterBufferType:
			it.pic = *(VAEncPictureParameterBufferVP8 *)b->data;
			it.has_pic = 1;
			break;
		case VAQMatrixBufferType: it.has_quantizers = 1; break;
		case VAEncMiscParameterBufferType:
			MUST(it.has_seq); // drivers forget them with the sequence
			status = misc(b->data, b->size);
			break;
		default: MUST(0 && "a known buffer");
		}
		if (status != VA_STATUS_SUCCESS) return status;
	}
	return VA_STATUS_SUCCESS;
}

static int aligned(int n) { return (n + 15) & ~15; }

static VAStatus set_up(void) {
	if (!it.coding) {
		vpx_codec_enc_config_default(vpx_codec_vp8_cx(), &it.cfg, 0);
		it.cfg.g_w = it.seq.frame_width;
		it.cfg.g_h = it.seq.frame_height;
		it.cfg.g_timebase = (vpx_rational_t){1, 90000};
		it.cfg.g_lag_in_frames = 0;
		it.cfg.g_error_resilient = VPX_ERROR_RESILIENT_DEFAULT;
		it.cfg.rc_end_usage = VPX_CBR;
		it.cfg.rc_min_quantizer = 8;
		it.cfg.rc_max_quantizer = fault("blurred") ? 63 : 56;
		if (fault("blurred")) it.cfg.rc_min_quantizer = 63;
		it.cfg.rc_buf_sz = 1000;
		it.cfg.rc_buf_initial_sz = 500;
		it.cfg.rc_buf_optimal_sz = 600;
		it.cfg.rc_undershoot_pct = 100;
		it.cfg.rc_overshoot_pct = 15;
		it.cfg.kf_mode = VPX_KF_DISABLED;
		it.cfg.rc_target_bitrate = it.bps / 1000;
		MUST(vpx_codec_enc_init(&it.codec, vpx_codec_vp8_cx(), &it.cfg, 0) == VPX_CODEC_OK);
		vpx_codec_control(&it.codec, VP8E_SET_CPUUSED, -8);
		vpx_codec_control(&it.codec, VP8E_SET_MAX_INTRA_BITRATE_PCT, 300u);
		it.i420 = vpx_img_alloc(NULL, VPX_IMG_FMT_I420, it.seq.frame_width, it.seq.frame_height, 16);
		it.coding = 1;
	} else if ((int)it.cfg.rc_target_bitrate != it.bps / 1000) {
		it.cfg.rc_target_bitrate = it.bps / 1000;
		MUST(vpx_codec_enc_config_set(&it.codec, &it.cfg) == VPX_CODEC_OK);
	}
	return VA_STATUS_SUCCESS;
}

static void convert(const surface *s) {
	vpx_image_t *i = it.i420;
	for (unsigned y = 0; y < i->d_h; y++) memcpy(i->planes[0] + y * i->stride[0], s->nv12 + y * s->w, i->d_w);
	for (unsigned y = 0; y < (i->d_h + 1) / 2; y++) {
		const uint8_t *row = s->nv12 + s->w * s->h + y * s->w;
		for (unsigned x = 0; x < (i->d_w + 1) / 2; x++) {
			i->planes[1][y * i->stride[1] + x] = row[2 * x];
			i->planes[2][y * i->stride[2] + x] = row[2 * x + 1];
		}
	}
}

API VAStatus vaEndPicture(VADisplay d, VAContextID context) {
	OPEN(d);
	const VAEncPictureParameterBufferVP8 *p = &it.pic;
	const int key = p->pic_flags.bits.frame_type == 0;
	buffer *coded = buffer_of(p->coded_buf);
	MUST(context == CONTEXT && it.drawing && it.has_seq && it.has_pic && it.has_quantizers && it.bps > 0 && it.fps > 0 && it.buffer_bits > 0);
	it.drawing = 0;
	MUST(aligned(it.seq.frame_width) == it.w && aligned(it.seq.frame_height) == it.h);
	MUST(coded != NULL && coded->type == VAEncCodedBufferType && !coded->mapped);
	MUST(surface_of(p->reconstructed_frame) != NULL && p->reconstructed_frame != it.target);
	MUST((int)p->ref_flags.bits.force_kf == key && p->pic_flags.bits.show_frame);
	if (key) {
		MUST(p->ref_last_frame == VA_INVALID_SURFACE && p->ref_gf_frame == VA_INVALID_SURFACE && p->ref_arf_frame == VA_INVALID_SURFACE);
		MUST(p->pic_flags.bits.refresh_last && p->pic_flags.bits.refresh_golden_frame && p->pic_flags.bits.refresh_alternate_frame);
	} else {
		MUST(p->ref_last_frame == it.last && p->ref_gf_frame == it.golden && p->ref_arf_frame == it.alternate && it.last != VA_INVALID_SURFACE);
		MUST(p->reconstructed_frame != it.last && p->reconstructed_frame != it.golden && p->reconstructed_frame != it.alternate);
		MUST(!p->ref_flags.bits.no_ref_last && p->pic_flags.bits.copy_buffer_to_golden == 0 && p->pic_flags.bits.copy_buffer_to_alternate == 0);
	}
	if (p->pic_flags.bits.refresh_last) it.last = p->reconstructed_frame;
	if (p->pic_flags.bits.refresh_golden_frame) it.golden = p->reconstructed_frame;
	if (p->pic_flags.bits.refresh_alternate_frame) it.alternate = p->reconstructed_frame;

	VAStatus status = set_up();
	if (status != VA_STATUS_SUCCESS) return status;
	convert(surface_of(it.target));
	vpx_enc_frame_flags_t flags = key && !fault("keyless") ? VPX_EFLAG_FORCE_KF : 0;
	if (!key) {
		if (!p->pic_flags.bits.refresh_last && !fault("greedy")) flags |= VP8_EFLAG_NO_UPD_LAST;
		if (!p->pic_flags.bits.refresh_golden_frame) flags |= VP8_EFLAG_NO_UPD_GF;
		if (!p->pic_flags.bits.refresh_alternate_frame) flags |= VP8_EFLAG_NO_UPD_ARF;
		if (!p->pic_flags.bits.refresh_entropy_probs) flags |= VP8_EFLAG_NO_UPD_ENTROPY;
		if (p->ref_flags.bits.no_ref_gf) flags |= VP8_EFLAG_NO_REF_GF;
		if (p->ref_flags.bits.no_ref_arf) flags |= VP8_EFLAG_NO_REF_ARF;
	}
	MUST(vpx_codec_encode(&it.codec, it.i420, 90000LL * it.pictures / it.fps, 90000 / it.fps, flags, VPX_DL_REALTIME) == VPX_CODEC_OK);
	memset(&coded->segment, 0, sizeof coded->segment);
	const vpx_codec_cx_pkt_t *packet;
	vpx_codec_iter_t iter = NULL;
	while ((packet = vpx_codec_get_cx_data(&it.codec, &iter)) != NULL) {
		if (packet->kind != VPX_CODEC_CX_FRAME_PKT) continue;
		MUST(packet->data.frame.sz <= coded->size);
		memcpy(coded->data, packet->data.frame.buf, packet->data.frame.sz);
		coded->segment.size = packet->data.frame.sz;
	}
	coded->segment.buf = coded->data;
	coded->segment.status = 40 & VA_CODED_BUF_STATUS_PICTURE_AVE_QP_MASK;
	if (fault("garbage")) memset((char *)coded->data + coded->segment.size / 2, 0xa5, coded->segment.size / 2);
	it.waiting = it.target;
	return VA_STATUS_SUCCESS;
}

API VAStatus vaSyncSurface(VADisplay d, VASurfaceID target) {
	OPEN(d);
	MUST(target == it.target && it.waiting == target);
	it.waiting = VA_INVALID_SURFACE;
	if (fault("crash")) abort();
	while (fault("hang")) pause();
	if (fault("slow")) nanosleep(&(struct timespec){0, 120000000}, NULL);
	if (fault("fail")) return VA_STATUS_ERROR_ENCODING_ERROR;
	it.pictures++;
	return VA_STATUS_SUCCESS;
}

API VAStatus vaTerminate(VADisplay d) {
	OPEN(d);
	int surfaces = 0, buffers = 0;
	for (int i = 0; i < MOST; i++) {
		surfaces += it.surfaces[i].used;
		buffers += it.buffers[i].used;
	}
	it.open = 0;
	say("closed after %d pictures with %d surfaces, %d buffers, %d images, %d contexts, %d configurations left", it.pictures, surfaces, buffers,
		it.image.image_id != 0, it.context, it.config);
	return VA_STATUS_SUCCESS;
}
