# frozen_string_literal: true

# A peer for the interop tests: uploads a form that Rack writes for tests.
# Rack takes a Hash, so names do not repeat.

require 'net/http'
require 'rack'
require 'stringio'
require_relative 'entries'

params = read_entries.to_h do |entry|
  next [entry.name, entry.body] if entry.filename.nil?

  file = Rack::Multipart::UploadedFile.new(
    filename: entry.filename, io: StringIO.new(entry.body), content_type: entry.type
  )
  [entry.name, file]
end

uri = URI(ARGV.last)
request = Net::HTTP::Post.new(uri)
request.body = Rack::Multipart.build_multipart(params)
request.content_type = "multipart/form-data; boundary=#{Rack::Multipart::MULTIPART_BOUNDARY}"
response = Net::HTTP.start(uri.host, uri.port) { |http| http.request(request) }
abort(response.code) unless response.is_a?(Net::HTTPSuccess)
