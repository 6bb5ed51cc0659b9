import java.io.FileReader;
import java.util.Properties;

import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.state.Stores;

/**
 * A Kafka Streams application as a streams group (KIP-1071): it copies one topic into another, or, with `--count`,
 * writes how often each value came. What follows is settings, `KEY=VALUE`.
 */
public class StreamsApplication {
    public static void main(String[] arguments) throws Exception {
        Properties properties = new Properties();
        try (FileReader file = new FileReader(arguments[0])) {
            properties.load(file);
        }
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, arguments[1]);
        properties.put(StreamsConfig.CLIENT_ID_CONFIG, "streams-application");
        properties.put("group.protocol", "streams");
        properties.put("auto.offset.reset", "earliest");
        properties.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, "200");
        properties.put(StreamsConfig.STATE_DIR_CONFIG, System.getProperty("java.io.tmpdir"));
        properties.put(StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG, Serdes.ByteArraySerde.class);
        properties.put(StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG, Serdes.ByteArraySerde.class);
        StreamsBuilder builder = new StreamsBuilder();
        KStream<byte[], byte[]> input = builder.stream(arguments[2]);
        int more = 4;
        if (arguments.length > more && arguments[more].equals("--count")) {
            more++;
            // In memory: several on one machine would quarrel about a folder.
            input.groupBy((key, value) -> value)
                .count(Materialized.as(Stores.inMemoryKeyValueStore("counts")))
                .toStream()
                .to(arguments[3], Produced.valueSerde(Serdes.Long()));
        } else {
            input.to(arguments[3]);
        }
        for (; more < arguments.length; more++) {
            String[] setting = arguments[more].split("=", 2);
            properties.put(setting[0], setting[1]);
        }
        KafkaStreams application = new KafkaStreams(builder.build(), properties);
        Runtime.getRuntime().addShutdownHook(new Thread(application::close));
        application.start();
        Thread.currentThread().join();
    }
}
