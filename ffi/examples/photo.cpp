// Takes a photo: lists the devices, opens one, zooms if it can, and writes the photo to a file.
//
// photo [--virtual] [--device ID_OR_LABEL] [--width W] [--height H] [--zoom Z] [-o FILE]
//
// Exit codes: 0 the photo is written; 1 the camera or the file failed; 2 the arguments were wrong.
#include <imagecapture/imagecapture.hpp>

#include <fstream>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>

namespace {

struct Arguments {
    bool virtual_camera = false;
    std::optional<std::string> device;
    std::optional<double> width, height, zoom;
    std::string file = "photo.jpg";
};

struct Usage : std::runtime_error {
    using std::runtime_error::runtime_error;
};

double number(const std::string &text) {
    std::size_t used = 0;
    double value = 0;
    try {
        value = std::stod(text, &used);
    } catch (const std::exception &) {
        used = 0;
    }
    if (used == 0 || used != text.size()) throw Usage("\"" + text + "\" is no number");
    return value;
}

Arguments parse(int count, char **words) {
    Arguments arguments;
    for (int i = 1; i < count; ++i) {
        const std::string word = words[i];
        if (word == "--virtual") {
            arguments.virtual_camera = true;
            continue;
        }
        if (++i == count) throw Usage("\"" + word + "\" needs a value");
        const std::string value = words[i];
        if (word == "--device")
            arguments.device = value;
        else if (word == "--width")
            arguments.width = number(value);
        else if (word == "--height")
            arguments.height = number(value);
        else if (word == "--zoom")
            arguments.zoom = number(value);
        else if (word == "-o")
            arguments.file = value;
        else
            throw Usage("what is \"" + word + "\"?");
    }
    return arguments;
}

void run(const Arguments &arguments) {
    ic::Devices devices;
    std::optional<ic::VirtualCamera> camera;
    if (arguments.virtual_camera) {
        camera.emplace();
        devices.add_virtual_camera(*camera);
    }

    std::optional<std::string> wanted = arguments.device;
    if (!wanted && camera) wanted = camera->id();
    std::optional<ic::DeviceInfo> chosen;
    for (const ic::DeviceInfo &info : devices.enumerate()) {
        const bool is_camera = info.kind() == ic::DeviceKind::VideoInput;
        std::cout << (is_camera ? "camera" : "microphone") << " \"" << info.label() << "\" (" << info.id() << ")\n";
        const bool fits = !wanted || *wanted == info.id() || std::string(info.label()).find(*wanted) != std::string::npos;
        if (is_camera && fits && !chosen) chosen = info;
    }
    if (!chosen) throw std::runtime_error("there is no such camera; try --virtual");
    std::cout << "using \"" << chosen->label() << "\"\n";

    ic::Constraints video;
    video.exact(ic::Property::DeviceId, chosen->id());
    if (arguments.width) video.ideal(ic::Property::Width, *arguments.width);
    if (arguments.height) video.ideal(ic::Property::Height, *arguments.height);
    ic::Track track = devices.get_user_media(video).video_tracks().at(0);

    if (arguments.zoom) {
        if (const auto range = track.capabilities().range(ic::Property::Zoom)) {
            std::cout << "the camera zooms from " << range->min << " to " << range->max << "\n";
            // Constraints are replaced as a whole, so those that the camera was opened with are given again.
            track.apply_constraints(video.ideal(ic::Property::Zoom, *arguments.zoom));
            std::cout << "zoomed to " << track.settings().number(ic::Property::Zoom).value_or(0) << "\n";
        } else {
            std::cout << "the camera has no zoom\n";
        }
    }

    const ic::Photo photo = ic::ImageCapture(track).take_photo();
    const ic::Bytes bytes = photo.bytes();
    std::ofstream file(arguments.file, std::ios::binary);
    file.write(reinterpret_cast<const char *>(bytes.data), static_cast<std::streamsize>(bytes.size));
    file.close();
    if (!file) throw std::runtime_error("cannot write " + arguments.file);
    std::cout << "wrote " << arguments.file << ": " << photo.width() << "x" << photo.height() << ", " << photo.mime_type()
              << ", " << bytes.size << " bytes\n";
    track.stop();
    devices.close();
}

}  // namespace

int main(int count, char **words) {
    try {
        run(parse(count, words));
        return 0;
    } catch (const Usage &usage) {
        std::cerr << usage.what() << "\nusage: " << words[0]
                  << " [--virtual] [--device ID_OR_LABEL] [--width W] [--height H] [--zoom Z] [-o FILE]\n";
        return 2;
    } catch (const ic::Error &error) {
        std::cerr << error.name() << ": " << error.message() << "\n";
        if (error.constraint()) std::cerr << "the constraint that cannot be satisfied: " << *error.constraint() << "\n";
        return 1;
    } catch (const std::exception &error) {
        std::cerr << error.what() << "\n";
        return 1;
    }
}
