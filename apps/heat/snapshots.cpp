#include "snapshots.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "../images/png.hpp"

namespace heat {
namespace {

std::string words(std::size_t count, const std::string& word) {
  std::string text;
  for (std::size_t i = 0; i < count; i++) text += (i ? " " : "") + word;
  return text;
}

std::string words(const std::vector<std::int64_t>& numbers) {
  std::string text;
  for (auto n : numbers) text += (text.empty() ? "" : " ") + std::to_string(n);
  return text;
}

}  // namespace

// The format is XDMF 3 (www.xdmf.org): each time is a hyperslab (first, stride, count) of the dataset.
void describe(const std::string& file, const std::vector<std::int64_t>& lengths, const std::vector<double>& times) {
  const std::size_t d = lengths.size();
  const std::string cells = words(lengths), dimension = std::to_string(d),
                    whole = std::to_string(times.size()) + " " + cells;
  std::ostringstream text;
  text.precision(17);
  text << "<?xml version=\"1.0\"?>\n<Xdmf Version=\"3.0\">\n<Domain>\n"
       << "<Grid Name=\"heat\" GridType=\"Collection\" CollectionType=\"Temporal\">\n";
  for (std::size_t k = 0; k < times.size(); k++)
    text << "<Grid Name=\"step " << k << "\">\n<Time Value=\"" << times[k] << "\"/>\n"
         << "<Topology TopologyType=\"" << dimension << "DCoRectMesh\" Dimensions=\"" << cells << "\"/>\n"
         << "<Geometry GeometryType=\"" << (d == 2 ? "ORIGIN_DXDY" : "ORIGIN_DXDYDZ") << "\">\n"
         << "<DataItem Dimensions=\"" << dimension << "\" Format=\"XML\">" << words(d, "0") << "</DataItem>\n"
         << "<DataItem Dimensions=\"" << dimension << "\" Format=\"XML\">" << words(d, "1")
         << "</DataItem>\n</Geometry>\n"
         << "<Attribute Name=\"temperature\" AttributeType=\"Scalar\" Center=\"Node\">\n"
         << "<DataItem ItemType=\"HyperSlab\" Dimensions=\"1 " << cells << "\">\n"
         << "<DataItem Dimensions=\"3 " << d + 1 << "\" Format=\"XML\">" << k << " " << words(d, "0") << " "
         << words(d + 1, "1") << " 1 " << cells << "</DataItem>\n"
         << "<DataItem Dimensions=\"" << whole << "\" NumberType=\"Float\" Precision=\"8\" Format=\"HDF\">"
         << std::filesystem::path(file).filename().string()
         << ":/temperature</DataItem>\n</DataItem>\n</Attribute>\n</Grid>\n";
  text << "</Grid>\n</Domain>\n</Xdmf>\n";

  const std::string target = std::filesystem::path(file).replace_extension(".xdmf").string(), made = target + ".new";
  std::ofstream out(made);
  out << text.str();
  out.close();
  if (!out) throw std::runtime_error("cannot write " + made);
  std::filesystem::rename(made, target);  // a viewer finds the old or the new one
}

void write_frame(const std::string& folder, std::int64_t step, const std::vector<double>& temperatures,
                 std::int64_t columns) {
  std::vector<std::uint8_t> colours;
  colours.reserve(temperatures.size() * 3);
  for (const double t : temperatures)
    for (const int channel : {0, 1, 2})
      colours.push_back(static_cast<std::uint8_t>(255 * std::clamp(3 * t - channel, 0.0, 1.0)));
  std::filesystem::create_directories(folder);
  std::string name = std::to_string(step);
  name.insert(0, name.size() < 8 ? 8 - name.size() : 0, '0');
  images::write_png(folder + "/" + name + ".png", colours, columns);
}

}  // namespace heat
