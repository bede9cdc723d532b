// A peer for the interop tests: uploads a form with .NET's HttpClient. The
// argument is the URL. Each line of standard input is an entry.
using System;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Text;

static class Client
{
    static void Main(string[] args)
    {
        using (var client = new HttpClient())
        using (var form = new MultipartFormDataContent())
        {
            for (var line = Console.ReadLine(); line != null; line = Console.ReadLine())
            {
                Add(form, line.Split('\t'));
            }
            client.PostAsync(args[0], form).Result.EnsureSuccessStatusCode();
        }
    }

    static void Add(MultipartFormDataContent form, string[] cells)
    {
        var name = Text(cells[0]);
        if (cells[1] == "-")
        {
            form.Add(new StringContent(Text(cells[3])), name);
            return;
        }
        var content = new ByteArrayContent(Convert.FromBase64String(cells[3]));
        content.Headers.ContentType = new MediaTypeHeaderValue(cells[2]);
        form.Add(content, name, Text(cells[1]));
    }

    static string Text(string base64)
    {
        return Encoding.UTF8.GetString(Convert.FromBase64String(base64));
    }
}
