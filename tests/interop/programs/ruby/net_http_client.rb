# frozen_string_literal: true

# A peer for the interop tests: uploads a form with Ruby's Net::HTTP.

require 'net/http'
require 'stringio'
require_relative 'entries'

entries = read_entries.map do |entry|
  next [entry.name, entry.body] if entry.filename.nil?

  [entry.name, StringIO.new(entry.body), { filename: entry.filename, content_type: entry.type }]
end

uri = URI(ARGV.last)
request = Net::HTTP::Post.new(uri)
request.set_form(entries, 'multipart/form-data')
response = Net::HTTP.start(uri.host, uri.port) { |http| http.request(request) }
abort(response.code) unless response.is_a?(Net::HTTPSuccess)
