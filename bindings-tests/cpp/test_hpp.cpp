#include <imagecapture/imagecapture.hpp>

#include <array>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <functional>
#include <future>
#include <stdexcept>
#include <thread>

using namespace std::chrono_literals;

std::string json_in_b();

namespace {

#define CHECK(condition)                                                                          \
    do {                                                                                          \
        if (!(condition)) throw std::runtime_error(std::string(__FILE__ ":") + std::to_string(__LINE__) + ": " #condition); \
    } while (0)

// The error that a call throws.
template <class Call>
ic::Error error_of(Call call) {
    try {
        call();
    } catch (const ic::Error &error) {
        return error;
    }
    throw std::runtime_error("no error was thrown");
}

constexpr const char *camera_json =
    R"({"label": "Test camera", "modes": [{"width": 640, "height": 480, "frameRates": [30]}],
        "properties": {"zoom": {"min": 100, "max": 400, "step": 10, "value": 100}}})";

struct Setup {
    ic::Devices devices{R"({"backends": [], "environment": false})"};
    ic::VirtualCamera camera;
    ic::Track track;

    explicit Setup(const char *json = camera_json) : camera(json) {
        devices.add_virtual_camera(camera);
        track = devices.get_user_media(ic::Constraints()).video_tracks().at(0);
    }
    ~Setup() { devices.close(); }
};

void versions() { CHECK(ic_version() == IC_VERSION); }

void two_files() { CHECK(json_in_b().find("640") != std::string::npos); }

void constraints() {
    ic::Constraints constraints;
    constraints.min(ic::Property::Width, 320).ideal(ic::Property::Width, 640.0).exact(ic::Property::DeviceId, std::string("a"));
    constraints.set(ic::Property::Zoom, ic::Bound::Bare, true, constraints.add_advanced());
    CHECK(constraints.json() ==
          ic::Constraints::from_json(
              R"({"width": {"min": 320, "ideal": 640}, "deviceId": {"exact": "a"}, "advanced": [{"zoom": true}]})")
              .json());
    CHECK(ic::Constraints::from_json(R"({"widht": 1})").ignored() == std::vector<std::string>{"widht"});

    const ic::Error error = error_of([] { ic::Constraints::from_json("{\"width\": ]"); });
    CHECK(error.status() == IC_STATUS_INVALID_ARGUMENT && error.name() == "TypeError" && error.offset().has_value());
    CHECK(error_of([] { ic::Constraints::from_json(std::string_view()); }).status() == IC_STATUS_INVALID_ARGUMENT);
    CHECK(error_of([&] { constraints.set(ic::Property::Width, ic::Bound::Min, "wide"); }).status() == IC_STATUS_INVALID_ARGUMENT);
}

void lists() {
    ic::Constraints constraints;
    constraints.exact(ic::Property::FocusMode, std::vector<std::string>{IC_METERING_MODE_MANUAL, IC_METERING_MODE_NONE});
    constraints.ideal(ic::Property::FacingMode, std::vector<const char *>{IC_FACING_MODE_USER});
    constraints.set(ic::Property::PointsOfInterest, ic::Bound::Bare, std::vector<ic::Point2D>{{0.5, 1}});
    constraints.exact(ic::Property::Torch, true).set(ic::Property::ResizeMode, ic::Bound::Bare, std::vector<std::string>{});
    CHECK(constraints.json() ==
          ic::Constraints::from_json(
              R"({"focusMode": {"exact": ["manual", "none"]}, "facingMode": {"ideal": ["user"]}, "resizeMode": [],
                  "pointsOfInterest": [{"x": 0.5, "y": 1}], "torch": {"exact": true}})")
              .json());
}

void algorithms() {
    ic::Constraints wanted;
    wanted.ideal(ic::Property::Width, 1280).exact(ic::Property::Width, 1280, wanted.add_advanced());
    const ic::Settings settings = ic::Settings::from_json(R"({"width": 640, "pointsOfInterest": [{"x": 0.25, "y": 0}]})");
    CHECK(wanted.fitness_distance(settings) == 0.5);
    CHECK(wanted.fitness_distance(settings, 1) == std::numeric_limits<double>::infinity());
    CHECK(settings.points(ic::Property::PointsOfInterest)->at(0).x == 0.25 && !settings.points(ic::Property::FocusMode));
    CHECK(wanted.select(R"([{"width": 640}, {"width": 1280}])").find("\"index\":1") != std::string::npos);
    CHECK(error_of([&] { wanted.select("[]"); }).status() == IC_STATUS_OVERCONSTRAINED);
    CHECK(error_of([&] { wanted.select("["); }).offset().has_value());
}

void errors() {
    Setup setup;
    ic::Constraints constraints;
    constraints.exact(ic::Property::Zoom, 5000);
    const ic::Error error = error_of([&] { setup.track.apply_constraints(constraints); });
    CHECK(error.status() == IC_STATUS_OVERCONSTRAINED && error.name() == "OverconstrainedError");
    CHECK(error.constraint() == "zoom" && error.message() == error.what() && !error.message().empty());
    const ic::Error copy = error;
    CHECK(copy.message() == error.message());
}

void enumerating() {
    Setup setup;
    std::vector<ic::DeviceInfo> list = setup.devices.enumerate();
    CHECK(list.size() == 1);
    const ic::DeviceInfo info = list[0];
    list.clear();
    CHECK(info.label() == "Test camera" && info.kind() == ic::DeviceKind::VideoInput && !info.id().empty());
    CHECK(info.capabilities().range(ic::Property::Zoom)->max == 400);
}

void tracks() {
    Setup setup;
    CHECK(setup.track.label() == "Test camera" && setup.track.kind() == ic::MediaKind::Video);
    CHECK(setup.track.ready_state() == ic::TrackState::Live && setup.track.enabled());
    ic::Constraints constraints;
    setup.track.apply_constraints(constraints.ideal(ic::Property::Zoom, 250), 5s);
    const ic::Settings settings = setup.track.settings();
    CHECK(settings.number(ic::Property::Zoom) == 250.0 && settings.string(ic::Property::DeviceId).has_value());
    CHECK(error_of([&] { settings.boolean(ic::Property::Width); }).status() == IC_STATUS_INVALID_ARGUMENT);
    CHECK(setup.track.constraints().json().find("250") != std::string::npos);
    ic::Track clone = setup.track.clone();
    const ic::Track same = setup.track;
    CHECK(clone.id() != setup.track.id() && same.id() == setup.track.id());
    setup.track.stop();
    CHECK(same.ready_state() == ic::TrackState::Ended && clone.ready_state() == ic::TrackState::Live);
    clone.stop();
}

void absence() {
    Setup setup(R"({"modes": [{"width": 640, "height": 480}]})");
    CHECK(!setup.track.capabilities().range(ic::Property::Zoom) && !setup.track.settings().number(ic::Property::Zoom));
    CHECK(!setup.track.capabilities().has(ic::Property::Zoom) && setup.track.capabilities().has(ic::Property::Width));
    CHECK(setup.track.capabilities().strings(ic::Property::Zoom).empty());
}

void booleans() {
    Setup setup(R"({"modes": [{"width": 640, "height": 480}], "properties": {"torch": {"values": [false, true]}}})");
    const ic::Capabilities capabilities = setup.track.capabilities();
    CHECK(capabilities.booleans(ic::Property::Torch) == (std::vector<bool>{false, true}));
    CHECK(capabilities.booleans(ic::Property::FaceFraming).empty());
    CHECK(error_of([&] { capabilities.booleans(ic::Property::Width); }).status() == IC_STATUS_INVALID_ARGUMENT);
    CHECK(setup.track.settings().boolean(ic::Property::Torch) == false);
}

void streams() {
    Setup setup;
    ic::Stream stream({setup.track, setup.track});
    CHECK(stream.tracks().size() == 1 && stream.audio_tracks().empty() && stream.active());
    const ic::Track clone = setup.track.clone();
    stream.add_track(clone);
    CHECK(stream.tracks().at(1).id() == clone.id() && stream.track_by_id(clone.id())->id() == clone.id());
    CHECK(!stream.track_by_id("none"));
    const ic::Stream same = ic::Stream::from_stream(stream), other = stream.clone();
    stream.remove_track(clone);
    CHECK(stream.tracks().size() == 1 && same.tracks().size() == 2 && other.tracks().size() == 2);
    CHECK(same.tracks().at(1).id() == clone.id() && other.tracks().at(1).id() != clone.id());
    CHECK(ic::Stream(std::vector<ic::Track>()).tracks().empty());
}

void statistics() {
    Setup setup(R"({"modes": [{"width": 640, "height": 480}], "pacing": "manual"})");
    CHECK(setup.track.stats().total_frames == 0);
    ic::FrameReader reader = setup.track.frames();
    setup.camera.step();
    reader.next(5s);
    setup.camera.script(R"({"corruptFrame": "cut"})");
    setup.camera.step(2);
    reader.next(5s);
    const ic::TrackStats stats = setup.track.stats();
    CHECK(stats.total_frames == 3 && stats.delivered_frames == 2 && stats.corrupt_frames == 1);
}

void photos() {
    Setup setup;
    ic::ImageCapture capture(setup.track);
    const ic::Photo photo = capture.take_photo();
    CHECK(photo.mime_type() == "image/jpeg" && photo.width() == 640 && photo.height() == 480);
    CHECK(photo.bytes().size > 100 && *photo.bytes().begin() == 0xff && photo.timestamp() > 0ns);
    CHECK(photo.settings().number(ic::Property::Zoom) == 100.0);
    CHECK(photo.sequence() > 0 && photo.report_json().find("\"reconfigured\":false") != std::string::npos);
    const std::vector<ic::Photo> burst = capture.take_burst(2);
    CHECK(burst.size() == 2 && burst[1].sequence() > burst[0].sequence());
    CHECK(capture.take_burst_async(1).take().size() == 1);
    const auto refused = [&](auto take) { return error_of(take).status(); };
    CHECK(refused([&] { capture.take_bracket(ic::Property::Iso, {100}); }) == IC_STATUS_NOT_SUPPORTED);
    CHECK(refused([&] { capture.take_bracket_async(ic::Property::Iso, {}); }) == IC_STATUS_INVALID_ARGUMENT);
    ic::PhotoOptions options;
    options.format = ic::PhotoFormat::Png;
    CHECK(capture.take_photo({}, options, ic::Timeout::never()).mime_type() == "image/png");
    const auto size_with = [&](bool metadata) {
        options.metadata = metadata;
        return capture.take_photo({}, options).bytes().size;
    };
    CHECK(size_with(true) > size_with(false) + 300);
    ic::ContactSheetOptions looks;
    looks.settle = 20ms;
    ic::ContactSheet sheet = ic::ContactSheet::sweep(setup.track, {"zoom=100,200"}, looks);
    sheet.add(capture.grab_frame(), "now");
    CHECK(sheet.size() == 3 && sheet.png().mime_type() == "image/png");
    CHECK(error_of([&] { ic::ContactSheet::sweep(setup.track, {"zoom=9999"}); }).status() == IC_STATUS_INVALID_ARGUMENT);
    ic::PhotoSettings settings;
    settings.image_width = -1;
    CHECK(error_of([&] { capture.take_photo(settings); }).status() != IC_STATUS_OK);
    CHECK(error_of([&] { capture.take_photo({}, {}, -1ns); }).status() == IC_STATUS_INVALID_ARGUMENT);
    CHECK(capture.track().id() == setup.track.id());
}

void photo_getters() {
    Setup setup(R"({"modes": [{"width": 640, "height": 480}],
        "photo": {"imageWidth": {"min": 640, "max": 4096, "step": 1, "value": 1920},
                  "imageHeight": {"min": 100, "max": 3072, "step": 2, "value": 1080},
                  "fillLightMode": ["auto", "flash"], "redEyeReduction": "controllable"}})");
    ic::ImageCapture capture(setup.track);
    const auto check = [](const ic::PhotoCapabilities &capabilities) {
        CHECK(capabilities.red_eye_reduction() == ic::RedEyeReduction::Controllable);
        CHECK(capabilities.image_width().max == 4096 && capabilities.image_height().step == 2);
        CHECK((capabilities.fill_light_modes() == std::vector{ic::FillLightMode::Auto, ic::FillLightMode::Flash}));
        CHECK(capabilities.json().find("\"redEyeReduction\":\"controllable\"") != std::string::npos);
    };
    check(capture.photo_capabilities());
    check(capture.photo_capabilities_async().take());
    ic::PhotoSettings settings = capture.photo_settings();
    CHECK(settings.image_width == 1920.0 && settings.image_height == 1080.0);
    CHECK(settings.fill_light_mode == ic::FillLightMode::Auto && settings.red_eye_reduction == false);
    const ic::Photo photo = capture.take_photo(settings);
    CHECK(photo.width() == 1920 && photo.height() == 1080);
    std::promise<double> width;
    capture.photo_settings_async([&](ic::Op<ic::PhotoSettings> op) { width.set_value(*op.take().image_width); });
    CHECK(width.get_future().get() == 1920);

    const std::uint8_t bytes[] = {0xca, 0xfe};
    setup.camera.push_photo("image/cat", {bytes, sizeof bytes});
    const ic::Photo pushed = capture.take_photo(settings);
    CHECK(pushed.mime_type() == "image/cat" && pushed.bytes().size == 2 && pushed.bytes().data[1] == 0xfe);

    setup.track.stop();
    CHECK(error_of([&] { capture.photo_capabilities(); }).status() == IC_STATUS_INVALID_STATE);
    CHECK(error_of([&] { capture.photo_settings(); }).name() == "InvalidStateError");

    Setup plain;
    ic::ImageCapture stream(plain.track);
    settings = stream.photo_settings();
    CHECK(settings.image_width == 640.0 && !settings.fill_light_mode && !settings.red_eye_reduction);
    const ic::PhotoCapabilities none = stream.photo_capabilities();
    CHECK(none.red_eye_reduction() == ic::RedEyeReduction::Never && none.fill_light_modes().empty());
}

void frames() {
    Setup setup;
    ic::ImageCapture capture(setup.track);
    const ic::Frame frame = capture.grab_frame();
    CHECK(frame.format() == ic::PixelFormat::Rgba && frame.width() == 640 && frame.plane_count() == 1);
    CHECK(frame.plane(0).bytes.size >= 640 * 480 * 4 && frame.plane(1).bytes.data == nullptr);
    const ic::Frame grey = frame.convert(ic::PixelFormat::Grey);
    std::vector<std::uint8_t> copy(640 * 480);
    frame.copy_to(ic::PixelFormat::Grey, copy.data(), copy.size(), 640);
    CHECK(std::memcmp(copy.data(), grey.plane(0).bytes.data, 640) == 0);
    CHECK(ic::name(grey.format()) == "grey");
    CHECK(capture.latest_frame().has_value());

    ic::FrameReader reader = setup.track.frames({2, ic::PixelFormat::Rgb});
    std::uint64_t last = 0;
    for (int i = 0; i < 3; ++i) {
        const ic::Frame next = reader.next(2s);
        CHECK(next.format() == ic::PixelFormat::Rgb && next.sequence() >= last);
        last = next.sequence();
    }
    CHECK(frame.timestamp_source() == ic::TimestampSource::Driver && frame.full_range());
    CHECK(frame.color_matrix() == ic::ColorMatrix::Bt601 && frame.settings().number(ic::Property::Width) == 640);
    const ic::Frame small = frame.convert_within(ic::PixelFormat::I420, 64, 64);
    CHECK(small.width() == 64 && small.height() == 48 && small.plane_count() == 3);

    auto seen = std::make_shared<std::array<std::atomic<int>, 2>>();
    {
        ic::FrameCallback callback = setup.track.on_frame([seen](ic::Frame) { ++(*seen)[0]; }, {2, {}});
        ic::FrameCallback both = setup.track.on_frame([seen](const ic::Frame &next, const ic_error *error) {
            if (!error && next.width() == 640) ++(*seen)[1];
        });
        for (int i = 0; i < 500 && ((*seen)[0] < 3 || (*seen)[1] < 3); ++i) std::this_thread::sleep_for(5ms);
        CHECK((*seen)[0] >= 3 && (*seen)[1] >= 3);
    }
    for (int i = 0; i < 500 && seen.use_count() > 1; ++i) std::this_thread::sleep_for(5ms);
    CHECK(seen.use_count() == 1);
    setup.camera.freeze(true);
    while (reader.try_next(200ms)) {
    }
    reader.close();
    CHECK(error_of([&] { reader.next(); }).status() == IC_STATUS_INVALID_STATE);
}

void pushing() {
    ic::VirtualCamera camera(
        R"({"modes": [{"width": 2, "height": 1, "pixelFormat": "rgb"}], "scene": {"kind": "push"}})");
    ic::Track track = camera.open();
    ic::FrameReader reader = track.frames();
    const std::uint8_t pixels[] = {1, 2, 3, 4, 5, 6};
    camera.push_frame(ic::PixelFormat::Rgb, 2, 1, {pixels, sizeof pixels}, 6);
    CHECK(std::memcmp(reader.next().plane(0).bytes.data, pixels, sizeof pixels) == 0);
    track.stop();
}

// Counts how often it is there, so that a test sees each copy go.
struct Counted {
    std::shared_ptr<std::atomic<int>> alive;
    explicit Counted(std::shared_ptr<std::atomic<int>> alive) : alive(std::move(alive)) { ++*this->alive; }
    Counted(const Counted &other) : alive(other.alive) { ++*alive; }
    Counted(Counted &&other) noexcept : alive(other.alive) { ++*alive; }
    Counted &operator=(const Counted &) = delete;
    ~Counted() { --*alive; }
};

void callbacks() {
    const auto alive = std::make_shared<std::atomic<int>>(0);
    {
        Setup setup;
        ic::ImageCapture capture(setup.track);
        std::promise<std::size_t> size;
        capture.take_photo_async({}, {}, [&size, counted = Counted(alive)](ic::Op<ic::Photo> op) {
            size.set_value(op.take().bytes().size);
        });
        CHECK(size.get_future().get() > 100);

        std::promise<void> applied;
        ic::Constraints constraints;
        constraints.exact(ic::Property::Zoom, 300);
        const ic::Op<void> op = setup.track.apply_constraints_async(
            constraints, [&applied, counted = Counted(alive)](ic::Op<void>) { applied.set_value(); });
        applied.get_future().get();
        CHECK(op.done() && setup.track.settings().number(ic::Property::Zoom) == 300.0);

        // A failed start gives the callback back.
        setup.track.stop();
        CHECK(error_of([&] { capture.grab_frame_async([counted = Counted(alive)](ic::Op<ic::Frame>) {}); }).status() ==
              IC_STATUS_INVALID_STATE);
    }
    for (int i = 0; i < 200 && *alive > 0; ++i) std::this_thread::sleep_for(5ms);
    CHECK(*alive == 0);
}

// Until another thread has brought it about.
template <class Condition>
void eventually(Condition condition) {
    for (int i = 0; i < 1000 && !condition(); ++i) std::this_thread::sleep_for(5ms);
    CHECK(condition());
}

void listeners() {
    const auto alive = std::make_shared<std::atomic<int>>(0);
    {
        Setup setup;
        std::atomic<int> mutes{0}, detached{0};
        std::promise<ic::Event> first;
        ic::Listener listener = setup.track.on(
            ic::EventType::Mute, [&, counted = Counted(alive)](const ic::Event &event) {
                if (++mutes == 1) first.set_value(event);
            });
        setup.track.on(ic::EventType::Unmute, [&, counted = Counted(alive)](const ic::Event &) { ++detached; }).detach();
        setup.camera.set_muted(true);
        const ic::Event event = first.get_future().get();
        CHECK(event.type == ic::EventType::Mute && event.object_id == setup.track.object_id() && event.timestamp > 0ns);
        CHECK(!event.permission && setup.track.muted());

        ic::Listener moved = std::move(listener);
        setup.camera.set_muted(false);
        eventually([&] { return detached == 1; });
        moved.remove();
        CHECK(*alive == 1);
        setup.camera.set_muted(true);
        eventually([&] { return setup.track.muted(); });
        setup.camera.set_muted(false);
        eventually([&] { return detached == 2; });
        CHECK(mutes == 1);
        moved = setup.track.on(ic::EventType::Ended, [counted = Counted(alive)](const ic::Event &) {});
        CHECK(error_of([&] {
                  static_cast<void>(
                      setup.track.on(static_cast<ic::EventType>(99), [counted = Counted(alive)](const ic::Event &) {}));
              }).status() == IC_STATUS_INVALID_ARGUMENT);
        CHECK(*alive == 2);
    }
    eventually([&] { return *alive == 0; });
}

void event_queue() {
    ic::Devices devices(R"({"backends": [], "environment": false})");
    CHECK(!devices.next_event(0ns) && !devices.last_change());
    std::promise<ic::DeviceChange> changed;
    const ic::Listener listener = devices.on(ic::EventType::DeviceChange, [&](const ic::Event &event) {
        if (event.device_count == 1) changed.set_value(*devices.last_change());
    });
    ic::VirtualCamera camera(camera_json);
    devices.add_virtual_camera(camera);
    const ic::DeviceChange change = changed.get_future().get();
    CHECK(change.devices.size() == 1 && change.inserted.at(0).label() == "Test camera");
    ic::Event event = devices.next_event(5s).value();
    CHECK(event.type == ic::EventType::DeviceChange && event.object_id == devices.object_id() && event.inserted_count == 1);
    devices.set_permission(ic::Permission::PanTiltZoom, ic::PermissionState::Denied);
    event = devices.next_event(5s).value();
    CHECK(event.permission == std::make_pair(ic::Permission::PanTiltZoom, ic::PermissionState::Denied));
    devices.close();
    while (error_of([&] {
               while (devices.next_event()) {
               }
           }).status() != IC_STATUS_INVALID_STATE) {
    }
}

void single_thread() {
    ic::Devices devices(R"({"backends": [], "environment": false, "callbacks": "manual"})");
    CHECK(devices.process_events(0ns) == 0 && devices.event_fd() >= 0);
    int calls = 0;
    const ic::Listener listener = devices.on(ic::EventType::PermissionChange, [&](const ic::Event &) { ++calls; });
    devices.set_permission(ic::Permission::PanTiltZoom, ic::PermissionState::Denied);
    CHECK(calls == 0 && devices.process_events(5s) == 1 && calls == 1);
    devices.close();
}

void permissions() {
    const auto alive = std::make_shared<std::atomic<int>>(0);
    {
        ic::Devices devices(R"({"backends": [], "environment": false, "permissions": {"camera": "prompt"}})");
        devices.add_virtual_camera(ic::VirtualCamera(camera_json));
        CHECK(devices.permission(ic::Permission::Camera) == ic::PermissionState::Prompt);
        const ic::Constraints any;
        CHECK(error_of([&] { devices.get_user_media(any); }).status() == IC_STATUS_NOT_ALLOWED);

        std::vector<ic::DeviceInfo> offered;
        devices.on_permission_prompt([&, counted = Counted(alive)](ic::PermissionRequest request) {
            CHECK(request.video() && !request.audio() && !request.pan_tilt_zoom());
            offered = request.devices();
            request.grant(true, {offered.at(0).id()});
        });
        CHECK(devices.get_user_media(any).active() && offered.at(0).label() == "Test camera");
        CHECK(devices.permission(ic::Permission::Camera) == ic::PermissionState::Granted);

        devices.set_permission(ic::Permission::Camera, ic::PermissionState::Prompt);
        devices.on_permission_prompt([](ic::PermissionRequest request) { request.deny(); });
        eventually([&] { return *alive == 0; });
        CHECK(error_of([&] { devices.get_user_media(any); }).status() == IC_STATUS_NOT_ALLOWED);
        CHECK(devices.permission(ic::Permission::Camera) == ic::PermissionState::Denied);
        devices.on_permission_prompt(nullptr);
        devices.close();
    }
}

void explanations() {
    Setup setup;
    ic::Constraints constraints;
    const ic::Explanation fits = setup.devices.explain(constraints.ideal(ic::Property::Width, 640));
    CHECK(fits.device_id() == setup.camera.id() && fits.text().find("chosen") != std::string::npos);
    const ic::Explanation none = setup.devices.explain(constraints.min(ic::Property::Height, 4000));
    CHECK(!none.device_id() && none.json().find("\"constraint\":\"height\"") != std::string::npos);
}

void user_interface() {
    Setup setup;
    CHECK(setup.devices.visible() && setup.devices.focused());
    setup.devices.set_focused(false);
    setup.devices.set_visible(false);
    CHECK(!setup.devices.visible() && !setup.devices.focused());
    ic::Constraints constraints;
    constraints.ideal(ic::Property::Zoom, 200);
    CHECK(error_of([&] { setup.track.apply_constraints(constraints); }).name() == "SecurityError");
    CHECK(setup.devices.indicator(ic::DeviceKind::VideoInput).live && !setup.devices.indicator("none"));
    CHECK(setup.devices.indicator(setup.camera.id())->accessible);
}

void programming_a_camera() {
    Setup setup;
    setup.camera.set_properties(R"({"zoom": 250})");
    CHECK(setup.camera.properties().find("\"value\":250") != std::string::npos);
    static_cast<void>(setup.camera.take_writes());
    ic::Constraints constraints;
    setup.track.apply_constraints(constraints.exact(ic::Property::Zoom, 300));
    CHECK(setup.camera.take_writes() == R"([{"zoom":300}])");
    setup.camera.script(R"({"refuseWrites": ["zoom"]})");
    CHECK(error_of([&] { setup.track.apply_constraints(constraints.exact(ic::Property::Zoom, 200)); }).status() != IC_STATUS_OK);
    CHECK(error_of([&] { setup.camera.script("{}}"); }).offset().has_value());
}

void controls() {
    Setup setup(R"({"deviceId": "own", "modes": [{"width": 64, "height": 48}],
        "properties": {"brightness": {"min": 0, "max": 255, "step": 1}}, "controls": {
        "gain": {"type": "integer", "max": 100, "value": 10, "flags": ["slider"], "class": "User Controls"},
        "light": {"type": "menu", "menu": ["Off", null, "On"]},
        "note": {"type": "string", "max": 8, "value": "abc"},
        "matrix": {"type": "u8", "dimensions": [2, 2], "value": [1, 2, 3, 4]},
        "reset": {"type": "button"},
        "brightness": {"type": "integer", "max": 255, "property": "brightness"}}})");
    setup.track.set_control("gain", 50);
    setup.track.set_control("light", "On");
    setup.track.set_control("note", std::string_view("hello, you", 5));
    setup.track.set_control("matrix", std::vector<std::int64_t>{4, 3, 2, 1});
    setup.track.set_controls(R"({"brightness": 7, "reset": true})");
    const ic::Controls all = setup.track.controls();
    CHECK(all.size() == 6 && all.at(0).name == "gain" && !all.find("gai") && !all.find(std::uint32_t{1}));
    const ic::Control gain = all.find("gain").value();
    CHECK(gain.type == ic::ControlType::Integer && ic::name(gain.type) == "integer" && gain.value() == 50 && gain.maximum == 100);
    CHECK(gain.has(IC_CONTROL_FLAG_SLIDER) && !gain.has(IC_CONTROL_FLAG_VOLATILE) && gain.class_name == "User Controls");
    CHECK(gain.default_value == 0 && !gain.property && !gain.text && gain.dimensions.empty());
    CHECK(all.find("light")->menu.at(1).name == "On" && all.find("light")->value() == 2);
    CHECK(all.find("note")->text == "hello" && !all.find("note")->value() && !all.find("reset")->value());
    CHECK(all.find("matrix")->numbers == (std::vector<std::int64_t>{4, 3, 2, 1}) && all.find("matrix")->dimensions.size() == 2);
    CHECK(all.find("brightness")->property == ic::Property::Brightness);
    CHECK(setup.track.settings().number(ic::Property::Brightness) == 7);
    CHECK(all.json().find("\"light\"") != std::string::npos);
    CHECK(error_of([&] { static_cast<void>(all.at(6)); }).status() == IC_STATUS_NOT_PRESENT);

    CHECK(error_of([&] { setup.track.set_control("gain", 101); }).status() == IC_STATUS_INVALID_ARGUMENT);
    CHECK(error_of([&] { setup.track.set_controls(R"({"gain": 1, "warp": 2})"); }).name() == "NotSupportedError");
    ic::Op<void> setting = setup.track.set_controls_async(R"({"gain": 60})");
    setting.take();
    std::promise<ic::Op<ic::Controls>> done;
    ic::Op<ic::Controls> listing = setup.track.controls_async([&](ic::Op<ic::Controls> op) { done.set_value(op); });
    CHECK(done.get_future().get().take().find("gain")->value() == 60);

    std::promise<ic::Event> changed;
    const ic::Listener listener =
        setup.track.on(ic::EventType::ControlChange, [&](const ic::Event &event) { changed.set_value(event); });
    setup.camera.set_controls(R"({"gain": 70})");
    const ic::Event event = changed.get_future().get();
    CHECK(event.object_id == setup.track.object_id() && event.control_id == gain.id);
    CHECK(setup.camera.controls().find("70") != std::string::npos);
    CHECK(setup.devices.device_details_json("own").find("\"virtual\"") != std::string::npos);
    CHECK(error_of([&] { static_cast<void>(setup.devices.device_details_json("other")); }).name() == "NotFoundError");
}

void operations() {
    ic::Devices devices(R"({"backends": [], "environment": false})");
    devices.add_virtual_camera(ic::VirtualCamera(R"({"modes": [{"width": 640, "height": 480}], "pacing": "manual"})"));
    const ic::Constraints any;
    ic::Op<ic::Stream> opening = devices.get_user_media_async(&any);
    const ic::Stream stream = opening.take();
    CHECK(stream.active() && !stream.id().empty());
    CHECK(error_of([&] { opening.take(); }).status() == IC_STATUS_INVALID_STATE);

    ic::ImageCapture capture(stream.video_tracks().at(0));
    ic::Op<ic::Frame> frame = capture.grab_frame_async();
    CHECK(!frame.wait(10ms) && !frame.done());
    frame.cancel();
    CHECK(error_of([&] { frame.take(); }).status() == IC_STATUS_ABORTED);
    devices.close();
}

void moves() {
    ic::Constraints a;
    ic::Constraints b = std::move(a);
    CHECK(a.get() == nullptr && b.get() != nullptr);
    a = std::move(b);
    CHECK(b.get() == nullptr && a.json() == "{}");
    ic_constraints *raw = a.release();
    ic::Constraints c = ic::Constraints::adopt(raw);
    CHECK(c.get() == raw);

    ic::VirtualCamera camera;
    ic::VirtualCamera other = camera;
    CHECK(other.get() == camera.get());
    other = ic::VirtualCamera();
    CHECK(other.get() != camera.get());
    const ic::Frame none;
    CHECK(none.get() == nullptr);
}

}  // namespace

int main() {
    const std::pair<const char *, std::function<void()>> tests[] = {
        {"versions", versions}, {"two_files", two_files}, {"constraints", constraints}, {"lists", lists},
        {"algorithms", algorithms}, {"errors", errors}, {"booleans", booleans}, {"streams", streams},
        {"statistics", statistics}, {"listeners", listeners}, {"event_queue", event_queue},
        {"single_thread", single_thread}, {"permissions", permissions}, {"explanations", explanations},
        {"user_interface", user_interface},
        {"programming_a_camera", programming_a_camera},
        {"enumerating", enumerating}, {"tracks", tracks}, {"absence", absence}, {"photos", photos},
        {"photo_getters", photo_getters},
        {"frames", frames}, {"pushing", pushing}, {"callbacks", callbacks}, {"operations", operations}, {"moves", moves},
        {"controls", controls},
    };
    int failed = 0;
    for (const auto &[name, run] : tests) {
        try {
            run();
            std::printf("ok hpp.%s\n", name);
        } catch (const std::exception &error) {
            std::fprintf(stderr, "%s\n", error.what());
            std::printf("FAIL hpp.%s\n", name);
            failed = 1;
        }
        std::fflush(stdout);
    }
    return failed;
}
