// .NET's MTOM encoder and decoder, which WCF uses.
//
// mtom.exe read CONTENT-TYPE < a message: prints the bytes of all elements
// `photo`, one after the other.
// mtom.exe write < bytes: prints a message after its header fields. The bytes are
// an attachment, and their first four are in the XML.
//
// The output is in base64.
using System;
using System.IO;
using System.Text;
using System.Xml;

static class Mtom
{
    const string Soap = "http://www.w3.org/2003/05/soap-envelope";

    static void Main(string[] args)
    {
        var input = new MemoryStream();
        Console.OpenStandardInput().CopyTo(input);
        var output = args[0] == "read"
            ? Read(input.ToArray(), args[1])
            : Write(input.ToArray());
        Console.Write(Convert.ToBase64String(output));
    }

    static byte[] Read(byte[] message, string contentType)
    {
        var reader = XmlDictionaryReader.CreateMtomReader(
            message, 0, message.Length, new[] { Encoding.UTF8 }, contentType,
            XmlDictionaryReaderQuotas.Max);
        var photos = new MemoryStream();
        reader.MoveToContent();
        while (reader.IsStartElement("photo") || reader.ReadToFollowing("photo"))
        {
            var photo = reader.ReadElementContentAsBase64();
            photos.Write(photo, 0, photo.Length);
        }
        return photos.ToArray();
    }

    static byte[] Write(byte[] bytes)
    {
        var message = new MemoryStream();
        using (var writer = XmlDictionaryWriter.CreateMtomWriter(
            message, Encoding.UTF8, int.MaxValue, "application/soap+xml"))
        {
            writer.WriteStartElement("s", "Envelope", Soap);
            writer.WriteStartElement("photo");
            writer.WriteBase64(bytes, 0, bytes.Length);
            writer.WriteEndElement();
            writer.WriteStartElement("small");
            writer.WriteBase64(bytes, 0, 4);
            writer.WriteEndElement();
            writer.WriteEndElement();
        }
        return message.ToArray();
    }
}
