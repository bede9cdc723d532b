import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.apache.http.client.methods.CloseableHttpResponse;
import org.apache.http.client.methods.HttpPost;
import org.apache.http.entity.ContentType;
import org.apache.http.entity.mime.HttpMultipartMode;
import org.apache.http.entity.mime.MultipartEntityBuilder;
import org.apache.http.impl.client.CloseableHttpClient;
import org.apache.http.impl.client.HttpClients;

/**
 * A peer for the interop tests: uploads a form with Apache's httpmime. The
 * arguments are its mode and the URL. Each line of standard input is an entry.
 */
class HttpMimeClient {
  private static final ContentType TEXT = ContentType.create("text/plain", StandardCharsets.UTF_8);

  public static void main(String[] args) throws IOException {
    MultipartEntityBuilder builder =
        MultipartEntityBuilder.create()
            .setMode(HttpMultipartMode.valueOf(args[0]))
            .setCharset(StandardCharsets.UTF_8);
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      add(builder, line.split("\t", -1));
    }
    HttpPost post = new HttpPost(args[1]);
    post.setEntity(builder.build());
    try (CloseableHttpClient client = HttpClients.createDefault();
        CloseableHttpResponse response = client.execute(post)) {
      if (response.getStatusLine().getStatusCode() != 200) {
        throw new IOException(response.getStatusLine().toString());
      }
    }
  }

  private static void add(MultipartEntityBuilder builder, String[] cells) {
    byte[] body = Base64.getDecoder().decode(cells[3]);
    if (cells[1].equals("-")) {
      builder.addTextBody(text(cells[0]), new String(body, StandardCharsets.UTF_8), TEXT);
      return;
    }
    ContentType type = ContentType.create(cells[2]);
    builder.addBinaryBody(text(cells[0]), body, type, text(cells[1]));
  }

  private static String text(String base64) {
    return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
  }
}
