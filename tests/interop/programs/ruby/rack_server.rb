# frozen_string_literal: true

# A peer for the interop tests: reports how Rack reads a form.

require 'digest'
require 'json'
require 'rack'
require 'webrick'
require 'rack/handler/webrick'

# Reports a value under its name. Rack turns `a[b]` into a Hash, `a[]` into an Array.
def tell_value(name, value)
  case value
  when Array then value.flat_map { |inner| tell_value("#{name}[]", inner) }
  when String then [tell(name, value)]
  when nil then [tell(name, '')]
  else
    return [tell_file(value)] if value.key?(:tempfile)

    value.flat_map { |key, inner| tell_value("#{name}[#{key}]", inner) }
  end
end

def tell_file(file)
  { **tell(file[:name], file[:tempfile].read), filename: file[:filename], type: file[:type] }
end

def tell(name, body)
  { name: name, length: body.bytesize, sha256: Digest::SHA256.hexdigest(body) }
end

app = lambda do |env|
  told = Rack::Request.new(env).POST.flat_map { |name, value| tell_value(name, value) }
  [200, { 'Content-Type' => 'application/json' }, [JSON.generate(told)]]
rescue StandardError => e
  [400, { 'Content-Type' => 'text/plain' }, ["#{e.class}: #{e.message}"]]
end

Thread.new do
  $stdin.read
  exit!
end

server = nil
announce = lambda do
  puts "Listening on http://127.0.0.1:#{server.config[:Port]} "
  $stdout.flush
end
server = WEBrick::HTTPServer.new(
  BindAddress: '127.0.0.1', Port: 0, StartCallback: announce,
  Logger: WEBrick::Log.new(File::NULL), AccessLog: []
)
server.mount '/', Rack::Handler::WEBrick, app
server.start
