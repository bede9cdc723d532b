# frozen_string_literal: true

# The form that a client must send, with a line for each entry.

Entry = Struct.new(:name, :filename, :type, :body)

# Reads the entries from standard input. A field has no file name.
def read_entries
  $stdin.each_line.map do |line|
    name, filename, type, body = line.chomp.split("\t", 4)
    Entry.new(text(name), filename == '-' ? nil : text(filename), type, body.unpack1('m'))
  end
end

def text(base64)
  base64.unpack1('m').force_encoding('UTF-8')
end
