# frozen_string_literal: true

# What a client is asked to send: a line for each entry of the form.

Entry = Struct.new(:name, :filename, :type, :body)

# The entries of standard input; a field has no file name.
def read_entries
  $stdin.each_line.map do |line|
    name, filename, type, body = line.chomp.split("\t", 4)
    Entry.new(text(name), filename == '-' ? nil : text(filename), type, body.unpack1('m'))
  end
end

def text(base64)
  base64.unpack1('m').force_encoding('UTF-8')
end
