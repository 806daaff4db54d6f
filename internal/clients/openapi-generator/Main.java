import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import okhttp3.Cookie;
import okhttp3.CookieJar;
import okhttp3.HttpUrl;
import org.openapitools.client.ApiClient;
import org.openapitools.client.ApiException;
import org.openapitools.client.api.AccountsApi;
import org.openapitools.client.api.NotesApi;
import org.openapitools.client.auth.ApiKeyAuth;
import org.openapitools.client.auth.HttpBearerAuth;
import org.openapitools.client.model.Credentials;
import org.openapitools.client.model.Note;
import org.openapitools.client.model.Attachment;
import org.openapitools.client.model.PostApiNotesRequest;

/** A client that openapi-generator generated, used by a program. */
public final class Main {
  private static final String CONTENT = "bread\n";
  private static final long MODIFIED = (1L << 53) - 1; // needs more than 32 bits

  /** Keeps cookies, as a browser does. */
  private static final class Jar implements CookieJar {
    private final List<Cookie> kept = new ArrayList<>();

    @Override
    public void saveFromResponse(HttpUrl url, List<Cookie> cookies) {
      kept.addAll(cookies);
    }

    @Override
    public List<Cookie> loadForRequest(HttpUrl url) {
      return kept;
    }

    String value(String name) {
      return kept.stream().filter(cookie -> cookie.name().equals(name)).findFirst().orElseThrow().value();
    }
  }

  private Main() {}

  public static void main(String[] args) throws Exception {
    Credentials alice = new Credentials().username("alice").password("alice-pass");

    Jar jar = new Jar();
    ApiClient client = newClient(jar);
    try {
      new NotesApi(client).getApiNotes(null, null);
      throw new AssertionError("anonymous: a list");
    } catch (ApiException refusal) {
      check("anonymous", refusal.getCode(), 401);
    }
    new AccountsApi(client).postApiSessionLogin(alice);
    ((ApiKeyAuth) client.getAuthentication("csrf")).setApiKey(jar.value("csrftoken"));
    attach(new NotesApi(client));

    client = newClient(new Jar());
    String access = new AccountsApi(client).postApiJwtObtain(alice).getAccessToken();
    ((HttpBearerAuth) client.getAuthentication("jwt")).setBearerToken(access);
    attach(new NotesApi(client));
  }

  private static ApiClient newClient(Jar jar) {
    ApiClient client = new ApiClient();
    return client
        .setBasePath(System.getenv("BASE"))
        .setHttpClient(client.getHttpClient().newBuilder().cookieJar(jar).build());
  }

  private static void attach(NotesApi notes) throws Exception {
    Note note = notes.postApiNotes(new PostApiNotesRequest().title("Milk"));
    File file = File.createTempFile("list", ".txt");
    try {
      Files.write(file.toPath(), CONTENT.getBytes(StandardCharsets.UTF_8));
      Attachment attachment = notes.postApiNotesIdAttachments(note.getId(), MODIFIED, file);
      check("modified", attachment.getModified(), MODIFIED);
      check("size", attachment.getSize(), CONTENT.length());
    } finally {
      Files.delete(file.toPath());
    }
  }

  private static void check(String what, long got, long want) {
    if (got != want) {
      throw new AssertionError(what + ": got " + got + ", want " + want);
    }
  }
}
